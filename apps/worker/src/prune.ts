import { type Database, listEndedBefore, pruneCreations, pruneIdempotencyKeys } from '@roleforge/db';
import type { CreationQueue, EventLog } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';

/** How often it runs, in milliseconds. */
export const PRUNE_EVERY_MS = 30_000;
/** How long what a caller was answered is remembered under its Idempotency-Key, in milliseconds. */
const KEEP_ANSWERS_MS = 86_400_000;

/** Rows in one statement, and statements of each kind in one run, which leaves the rest to the next: a second or two of work. */
const BATCH = 250;
const MOST_BATCHES = 20;

type Needs = {
  database: Database;
  queue: Pick<CreationQueue, 'prune'>;
  events: Pick<EventLog, 'remove'>;
  /** How long a creation is kept after its end, in milliseconds; null where it is kept for ever. */
  creationRetentionMs: number | null;
  log: Logger;
  clock: () => Date;
};

/** What a run deleted. */
export type PruneReport = { idempotencyKeys: number; creations: number; jobs: number };

/**
 * Deletes a slice of what has been kept for long enough: remembered answers, creations with their events, finished jobs. What it
 * leaves, or what it is asked to leave by the signal, the next run finds. Event logs expire by themselves besides.
 */
export async function prune(needs: Needs, signal: AbortSignal): Promise<PruneReport> {
  const { database, queue, creationRetentionMs, log, clock } = needs;
  const before = (ageMs: number) => new Date(clock().getTime() - ageMs);
  const report: PruneReport = {
    idempotencyKeys: await inBatches(signal, () => pruneIdempotencyKeys(database, before(KEEP_ANSWERS_MS), BATCH)),
    creations:
      creationRetentionMs === null
        ? 0
        : await inBatches(signal, () => pruneEndedCreations(needs, before(creationRetentionMs))),
    jobs: await inBatches(signal, () => queue.prune(BATCH)),
  };
  if (Object.values(report).some(count => count > 0)) log.info('pruned', report);
  return report;
}

async function pruneEndedCreations({ database, events }: Needs, before: Date): Promise<number> {
  const ended = await listEndedBefore(database, before, BATCH);
  if (ended.length === 0) return 0;
  // The logs first: should that fail, the rows are still there for the next run to find them by.
  await events.remove(ended.map(({ id }) => id));
  return pruneCreations(database, ended, before);
}

/** Repeats what deletes a batch until there is less than one left, or the run has done its share. Returns how many it deleted. */
async function inBatches(signal: AbortSignal, deleteBatch: () => Promise<number>): Promise<number> {
  let deleted = 0;
  for (let batch = 0; batch < MOST_BATCHES && !signal.aborted; batch += 1) {
    const count = await deleteBatch();
    deleted += count;
    if (count < BATCH) break;
  }
  return deleted;
}
