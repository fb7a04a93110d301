import {
  type Database,
  listEndedBefore,
  pruneBulks,
  pruneCreations,
  pruneDeliveries,
  pruneErased,
  pruneIdempotencyKeys,
} from '@roleforge/db';
import type { CreationQueue, EventLog } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';

/** How long a run goes on while there is something left, in milliseconds: the reconciler waits no longer than that for its turn. */
const SLICE_MS = 5_000;
/** How often it runs, in milliseconds. A run that leaves something takes a whole slice, so that the next one is due when it ends. */
export const PRUNE_EVERY_MS = SLICE_MS;
/** How long what a caller was answered is remembered under its Idempotency-Key, in milliseconds. */
const KEEP_ANSWERS_MS = 86_400_000;
/** How long it is known that a creation was accepted that has been erased, in milliseconds: no day's limit asks for longer. */
const KEEP_ERASED_MS = 86_400_000;
/** How long a bulk call can be looked up after its end, in milliseconds: over a weekend, and a holiday at either end of it. */
const KEEP_BULKS_MS = 7 * 86_400_000;

/** How long a webhook can be looked up, and sent again, after it was delivered or given up, in milliseconds. */
const KEEP_DELIVERIES_MS = 30 * 86_400_000;

/** Rows in one statement: it holds its locks for some tens of milliseconds. */
const BATCH = 250;

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
export type PruneReport = {
  idempotencyKeys: number;
  creations: number;
  erased: number;
  bulks: number;
  deliveries: number;
  jobs: number;
};

/**
 * Deletes what has been kept for long enough: remembered answers, creations with their events, bulk calls, webhooks, finished jobs. Each kind
 * has a batch in turn, so that none waits for the whole of another. What is left when the slice is over, or when the signal asks it
 * to end, the next run finds. Event logs expire by themselves besides.
 */
export async function prune(needs: Needs, signal: AbortSignal): Promise<PruneReport> {
  const { database, queue, creationRetentionMs, log, clock } = needs;
  const startedAt = clock().getTime();
  const before = (ageMs: number) => new Date(startedAt - ageMs);
  const kinds: Record<keyof PruneReport, () => Promise<number>> = {
    idempotencyKeys: () => pruneIdempotencyKeys(database, before(KEEP_ANSWERS_MS), BATCH),
    creations: async () => (creationRetentionMs === null ? 0 : pruneEndedCreations(needs, before(creationRetentionMs))),
    erased: () => pruneErased(database, before(KEEP_ERASED_MS), BATCH),
    bulks: () => pruneBulks(database, before(KEEP_BULKS_MS), BATCH),
    deliveries: () => pruneDeliveries(database, before(KEEP_DELIVERIES_MS), BATCH),
    jobs: () => queue.prune(BATCH),
  };
  const report: PruneReport = { idempotencyKeys: 0, creations: 0, erased: 0, bulks: 0, deliveries: 0, jobs: 0 };
  let left = Object.keys(kinds) as (keyof PruneReport)[];
  while (left.length > 0 && !signal.aborted && clock().getTime() - startedAt < SLICE_MS) {
    const more: typeof left = [];
    for (const kind of left) {
      const deleted = await kinds[kind]();
      report[kind] += deleted;
      if (deleted === BATCH) more.push(kind);
    }
    left = more;
  }
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
