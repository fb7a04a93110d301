import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'bullmq';

/** How long a worker may take to tell Redis what became of its jobs. */
const FAREWELL_MS = 2_000;

/**
 * Closes a BullMQ worker, but does not wait for a Redis that is away: what the worker still has to say to it would wait for
 * ever. Whoever closes the worker's connection afterwards ends that too.
 * @param inHand what is waited for in any case
 */
export async function closeWorker(worker: Worker, inHand: ReadonlySet<Promise<unknown>>): Promise<void> {
  const closed = new AbortController();
  const farewell = async () => {
    do {
      await Promise.allSettled(inHand);
      await pause(FAREWELL_MS, undefined, { signal: closed.signal }).catch(() => {});
    } while (inHand.size > 0);
  };
  await Promise.race([worker.close(), farewell()]);
  closed.abort();
}
