import { type Database, listDueDeliveries, type PendingDelivery } from '@roleforge/db';
import type { WebhookQueue } from '@roleforge/queue';

/** What fell due later than this ago is left alone: its job may be on its way, or in a worker's hand. */
const SETTLED_AFTER_MS = 5_000;
const PAGE = 500;

type Needs = { database: Database; webhookQueue: Pick<WebhookQueue, 'restore'>; clock: () => Date };

/**
 * Puts messages back on the queue that are due and that it does not hold, the longest due first, and returns how many there were: those
 * whose process died between the ledger's commit and the queue, and those that Redis has lost.
 * @param signal asks it to end after the page in hand
 */
export async function relayWebhooks({ database, webhookQueue, clock }: Needs, signal: AbortSignal): Promise<number> {
  const before = new Date(clock().getTime() - SETTLED_AFTER_MS);
  let restored = 0;
  let after: PendingDelivery | null = null;
  do {
    if (signal.aborted) break;
    const page: PendingDelivery[] = await listDueDeliveries(database, { before, after, limit: PAGE });
    restored += await webhookQueue.restore(page);
    after = page.length < PAGE ? null : (page.at(-1) ?? null);
  } while (after !== null);
  return restored;
}
