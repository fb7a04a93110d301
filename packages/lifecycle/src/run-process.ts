import type { Logger } from '@roleforge/telemetry';

type Started = { log: Logger; running: { stop(): Promise<void> } };

/**
 * The life of a service's process: start, serve until SIGTERM or SIGINT, stop, exit 0. A start that fails prints one line
 * and exits 1; a second signal does not wait. A parent that keeps a channel open is told when the service is ready.
 */
export async function runProcess(name: string, start: () => Promise<Started>): Promise<void> {
  const hasParent = process.connected;
  let started: Started;
  try {
    started = await start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name} did not start: ${reason.split('\n')[0]}\n`);
    process.exit(1);
  }
  const { log, running } = started;
  let stopping = false;
  const stop = async (cause: string, exitCode: number) => {
    if (stopping) return;
    stopping = true;
    log.info('stopping', { cause });
    try {
      await running.stop();
      log.info('stopped');
      process.exit(exitCode);
    } catch (error) {
      log.error('stopping failed', { error });
      process.exit(1);
    }
  };
  const stopOrExit = (signal: string) => (stopping ? process.exit(1) : stop(signal, 0));
  process.on('SIGTERM', stopOrExit);
  process.on('SIGINT', stopOrExit);
  // The parent that held the channel is gone, however it went: so are the servers that it started.
  process.on('disconnect', () => stop('parent gone', 0));
  process.on('unhandledRejection', error => {
    log.error('unhandled rejection', { error });
    void stop('fault', 1);
  });
  // It may have gone before anything here listened.
  if (hasParent && !process.connected) void stop('parent gone', 0);
  else process.send?.('ready');
}
