import type { CreationId } from '@roleforge/contracts';
import { type Database, listUnfinished } from '@roleforge/db';
import type { CreationQueue } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';

/** Younger rows are left alone: their enqueueing may be on its way. */
const SETTLED_AFTER_MS = 5_000;
const PAGE = 500;

type Needs = { database: Database; queue: CreationQueue; log: Logger; clock: () => Date };

/**
 * Puts accepted creations that the queue does not hold back on it, oldest first: what Redis lost, or never got. Returns
 * how many. Adding a job that is there already changes nothing, so that a race with a submission is harmless.
 */
export async function reconcile({ database, queue, log, clock }: Needs): Promise<number> {
  const acceptedBefore = new Date(clock().getTime() - SETTLED_AFTER_MS);
  let restored = 0;
  let after: CreationId | null = null;
  for (;;) {
    const page = await listUnfinished(database, acceptedBefore, after, PAGE);
    if (page.length > 0) restored += await queue.restore(page);
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? null;
  }
  if (restored > 0) log.warn('creations put back on the queue', { restored });
  return restored;
}
