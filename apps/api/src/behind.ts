import type { Logger } from '@roleforge/telemetry';

/** Work that an answer does not wait for: begun in the order of asking, one after the other. */
export type WorkBehind = {
  add(work: () => Promise<void>): void;
  /** Resolves when what is being done is done; what has not begun is left to the reconciler. */
  stop(): Promise<void>;
};

/** For work whose beginning the ledger has decided, so that it may fail or be lost and will be done by the reconciler. */
export function createWorkBehind(log: Logger): WorkBehind {
  let last: Promise<void> = Promise.resolve();
  let stopping = false;
  return {
    add(work) {
      last = last.then(async () => {
        if (stopping) return;
        await work().catch(error => log.warn('left to the reconciler', { error }));
      });
    },
    stop() {
      stopping = true;
      return last;
    },
  };
}
