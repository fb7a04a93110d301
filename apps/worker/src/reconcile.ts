import type { CreationId, CreationStatus } from '@roleforge/contracts';
import {
  concedeLost,
  type Database,
  findForDispatch,
  lapseOverdue,
  listUnfinished,
  listUnfinishedBulks,
  queueDue,
  type UnfinishedCreation,
} from '@roleforge/db';
import { DISPATCHED_STATES, isWaiting } from '@roleforge/domain';
import type { BulkQueue, CreationQueue, QueuedCreation, WaitingJob, WebhookQueue } from '@roleforge/queue';
import { bringPauseIntoStep } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';
import type { Announcer } from './announce.ts';
import { relayWebhooks } from './relay-webhooks.ts';

/** Younger rows are left alone: their enqueueing may be on its way. */
const SETTLED_AFTER_MS = 5_000;
const PAGE = 500;
/** Most bulk calls that are put back at a time; more are not unfinished at once in any sane day. */
const MOST_BULKS = 1_000;

type Needs = {
  database: Database;
  queue: CreationQueue;
  bulkQueue: BulkQueue;
  webhookQueue: Pick<WebhookQueue, 'restore' | 'mend'>;
  announce: Pick<Announcer, 'end'>;
  log: Logger;
  clock: () => Date;
};

/** What a comparison of the ledger with the queue found and did. All but the first are creations or jobs that were out of step. */
export type ReconcileReport = {
  /** Unfinished creations that were looked at. */
  unfinished: number;
  /** Put back on the queue. */
  restored: number;
  /** Had another priority on the queue than in the ledger. */
  reprioritized: number;
  /** Waited past their deadline. */
  lapsed: number;
  /** Were to be cancelled by a worker that is gone. */
  conceded: number;
  /** Their `runAt` had come. */
  due: number;
  /** Jobs whose creation has ended, is held, or is not in the ledger. */
  removed: number;
  /** Places, slots and parked jobs on the queues of creations and webhooks that a crash had left behind. */
  mended: number;
  /** 1 where the queue was paused and the system was not, or the other way round. */
  pauses: number;
  /** Bulk calls that have not been carried out to the end; they are on their queue now. */
  bulks: number;
  /** Webhooks that were due, and that their queue did not hold. */
  webhooks: number;
};

/** In this order: what has been begun before goes before what has not. */
const STATES: CreationStatus[] = ['running', 'cancelling', 'queued', 'scheduled', 'held'];

/**
 * Brings queue and ledger into step, page by page, the oldest first. The ledger is right: what it has and the queue has lost is put
 * back, in the order of acceptance and under its priority; what the queue has and the ledger has not, or not any more, is taken
 * off. Every step may meet a submission, a worker or another reconciler that does the same, and is harmless then.
 * @param signal asks it to end after the page in hand, and to report what it came to; the next run begins from the beginning
 */
export async function reconcile(
  needs: Needs,
  signal: AbortSignal = new AbortController().signal,
): Promise<ReconcileReport> {
  const { database, bulkQueue, log } = needs;
  const report: ReconcileReport = {
    unfinished: 0,
    restored: 0,
    reprioritized: 0,
    lapsed: 0,
    conceded: 0,
    due: 0,
    removed: 0,
    mended: 0,
    pauses: 0,
    bulks: 0,
    webhooks: 0,
  };
  if (await bringPauseIntoStep(needs)) report.pauses += 1;
  for await (const page of unfinishedPages(needs, signal)) await bringIntoStep(needs, page, report);
  if (!signal.aborted)
    for await (const jobs of needs.queue.waiting()) {
      report.removed += await removeForsaken(needs, jobs);
      if (signal.aborted) break;
    }
  if (!signal.aborted) report.mended = (await needs.queue.mend()) + (await needs.webhookQueue.mend());
  const bulks = signal.aborted ? [] : await listUnfinishedBulks(database, MOST_BULKS);
  for (const { tenantId, id } of bulks) {
    await bulkQueue.enqueue({ tenantId, bulkId: id });
    report.bulks += 1;
  }
  report.webhooks = await relayWebhooks(needs, signal);
  const { unfinished: _, bulks: __, lapsed: expired, due, ...mended } = report;
  if (Object.values(mended).some(count => count > 0)) log.warn('ledger and queue were out of step', mended);
  if (expired + due > 0) log.info('creations whose time had come', { expired, due });
  return report;
}

/** State by state, each in the order of acceptance. */
async function* unfinishedPages({ database, clock }: Needs, signal: AbortSignal): AsyncGenerator<UnfinishedCreation[]> {
  for (const status of STATES) {
    const acceptedBefore = new Date(clock().getTime() - SETTLED_AFTER_MS);
    let after: CreationId | null = null;
    do {
      if (signal.aborted) return;
      const page: UnfinishedCreation[] = await listUnfinished(database, status, { acceptedBefore, after, limit: PAGE });
      if (page.length > 0) yield page;
      after = page.length < PAGE ? null : (page.at(-1)?.id ?? null);
    } while (after !== null);
  }
}

async function bringIntoStep(needs: Needs, page: UnfinishedCreation[], report: ReconcileReport): Promise<void> {
  const { database, queue, clock } = needs;
  const now = clock();
  report.unfinished += page.length;

  const overdue = page.filter(
    ({ status, deadlineAt }) => isWaiting(status) && deadlineAt !== null && deadlineAt <= now,
  );
  report.lapsed += await endEach(needs, overdue, one => lapseOverdue(database, [one], now));
  const due = page.filter(({ status, runAt }) => status === 'scheduled' && runAt !== null && runAt <= now);
  report.due += await queueDue(database, due, now);

  const cancelling = page.filter(({ status }) => status === 'cancelling');
  const held = cancelling.length > 0 ? await queue.held(cancelling.map(({ id }) => id)) : new Set();
  const forsaken = cancelling.filter(({ id }) => !held.has(id));
  report.conceded += await endEach(needs, forsaken, one => concedeLost(database, [one], now));

  const toBeHeld = page.filter(
    creation => isDispatched(creation) && creation.status !== 'cancelling' && !overdue.includes(creation),
  );
  const { restored, reprioritized } = await queue.restore(toBeHeld, misplaced => withoutChanged(needs, misplaced));
  report.restored += restored;
  report.reprioritized += reprioritized;
}

/** Without those whose owner has changed the priority since the page was read, and so has moved the job, or is about to. */
async function withoutChanged(
  { database }: Needs,
  read: readonly QueuedCreation[],
): Promise<readonly QueuedCreation[]> {
  const rows = await findForDispatch(database, read);
  const priorities = new Map(rows.map(({ id, priority }) => [id, priority]));
  return read.filter(({ id, priority }) => priorities.get(id) === priority);
}

/** One by one, so that the end is told by the one who brought it about. Returns how many there were. */
async function endEach(
  { announce }: Needs,
  creations: readonly UnfinishedCreation[],
  end: (creation: UnfinishedCreation) => Promise<number>,
): Promise<number> {
  let ended = 0;
  for (const creation of creations) {
    if ((await end(creation)) === 0) continue;
    await announce.end({ tenantId: creation.tenantId, creationId: creation.id, epoch: 0 });
    ended += 1;
  }
  return ended;
}

/**
 * Takes off the queue what the ledger does not want there. What a worker has in hand is that worker's business; so is a payload that
 * cannot be read here, which a newer release may have written.
 */
async function removeForsaken({ database, queue }: Needs, jobs: WaitingJob[]): Promise<number> {
  const ours = jobs.flatMap(({ creation }) => creation ?? []);
  const rows = await findForDispatch(database, ours);
  const wanted = new Set(rows.filter(isDispatched).map(({ id }) => id));
  const forsaken = ours.filter(({ id }) => !wanted.has(id)).map(({ id }) => id);
  await queue.remove(...forsaken);
  return forsaken.length;
}

/** Whether the queue should hold it: what has been begun, and what waits for a turn that may come. */
function isDispatched({ status, tenantStopped }: UnfinishedCreation): boolean {
  return !tenantStopped && (DISPATCHED_STATES as readonly CreationStatus[]).includes(status);
}
