/** A process as it serves now. */
type Serving = {
  /** Resolves with a few words on how it ended. */
  readonly ended: Promise<string>;
};

type Keeping<Process> = {
  /** Shown to people: `worker 2`. */
  name: string;
  /** Resolves when the process is ready. */
  start(): Promise<Process>;
  /** Ends the process, if it has not ended yet, and resolves when it is gone. May be called while another is on its way to take its place. */
  end(process: Process): Promise<void>;
  /** Hears, a line each, of an end that nobody asked for and of a start that failed. */
  report(line: string): void;
};

/** What is started again whenever it ends. */
export type Kept<Process extends Serving> = {
  /** The process that serves, or served last. */
  current(): Process;
  /** Resolves with the next process, once that is ready. */
  successor(): Promise<Process>;
  /** Ends it for good, and whatever was on the way to take its place. */
  stop(): Promise<void>;
};

/** What ended by itself is started again after this pause, in milliseconds; one that does not start, after twice the last pause. */
const RESTART_AFTER_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Starts a process, and starts it again whenever it ends without having been told to.
 * @throws what `start` throws when it does not start the first time
 */
export async function keepRunning<Process extends Serving>(keeping: Keeping<Process>): Promise<Kept<Process>> {
  const { name, start, end, report } = keeping;
  let serving = await start();
  let next = Promise.withResolvers<Process>();
  const stopping = Promise.withResolvers<void>();
  let wanted = true;

  const watching = watch();
  return {
    current: () => serving,
    successor: () => next.promise,
    async stop() {
      wanted = false;
      stopping.resolve();
      await end(serving);
      await watching;
    },
  };

  async function watch(): Promise<void> {
    while (wanted) {
      const how = await serving.ended;
      if (!wanted) return;
      report(`${name} ended (${how}); starting it again`);
      await startAgain();
    }
  }

  async function startAgain(): Promise<void> {
    for (let pauseMs = RESTART_AFTER_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await pauseOrStop(pauseMs);
      if (!wanted) return;
      try {
        serving = await start();
        // It was told to stop while it was starting.
        if (!wanted) return await end(serving);
        next.resolve(serving);
        next = Promise.withResolvers();
        return;
      } catch (error) {
        if (!wanted) return;
        report(`${name} did not start again, trying once more: ${(error as Error).message}`);
      }
    }
  }

  async function pauseOrStop(ms: number): Promise<void> {
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, ms);
    await Promise.race([timer.promise, stopping.promise]);
    clearTimeout(timeout);
  }
}
