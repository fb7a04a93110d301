import { type ServiceProcess, type ServiceSpec, startService } from './service-process.ts';

/** A service that is started again whenever it ends. */
export type KeptService = {
  /** The process that serves, or served last. */
  current(): ServiceProcess;
  /** Resolves with the next process, once that is ready. */
  successor(): Promise<ServiceProcess>;
  /** Ends it for good, and whatever was on the way to take its place. */
  stop(): Promise<void>;
};

/** A service that ended by itself is started again after this pause, in milliseconds. */
const RESTART_AFTER_MS = 1_000;

/**
 * Starts a service, and starts it again whenever it ends without having been told to.
 * @param patienceMs how long it may take to stop before it is made to
 * @throws Error with the service's own line when it does not start the first time
 */
export async function keepRunning(
  spec: ServiceSpec,
  patienceMs: number,
  report: (line: string) => void,
): Promise<KeptService> {
  let service = await startService(spec);
  let next = Promise.withResolvers<ServiceProcess>();
  const stopping = Promise.withResolvers<void>();
  let wanted = true;

  const watching = watch();
  return {
    current: () => service,
    successor: () => next.promise,
    async stop() {
      wanted = false;
      stopping.resolve();
      await service.stop(patienceMs);
      await watching;
    },
  };

  async function watch(): Promise<void> {
    while (wanted) {
      const how = await service.ended;
      if (!wanted) return;
      report(`${spec.name} ended (${how}); starting it again`);
      await startAgain();
    }
  }

  async function startAgain(): Promise<void> {
    for (;;) {
      await shortPause();
      if (!wanted) return;
      try {
        service = await startService(spec);
        // It was told to stop while it was starting.
        if (!wanted) return await service.stop(patienceMs);
        next.resolve(service);
        next = Promise.withResolvers();
        return;
      } catch (error) {
        report(`${spec.name} did not start again, trying once more: ${(error as Error).message}`);
      }
    }
  }

  async function shortPause(): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, RESTART_AFTER_MS);
    await Promise.race([timer.promise, stopping.promise]);
    clearTimeout(timeout);
  }
}
