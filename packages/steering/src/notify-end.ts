import type { CreationId, TenantId } from '@roleforge/contracts';
import { type Database, listPendingOf } from '@roleforge/db';
import type { WebhookQueue } from '@roleforge/queue';

/**
 * Has the messages about a creation's end sent soon. They are in the ledger since it ended: what is missed here, because Redis is
 * away or the process dies, the reconciler makes up for. Rejects when MySQL or Redis does not answer.
 */
export type NotifyEnd = (tenantId: TenantId, id: CreationId) => Promise<void>;

export function createNotifyEnd(database: Database, queue: Pick<WebhookQueue, 'enqueue'>): NotifyEnd {
  return async (tenantId, id) => {
    const pending = await listPendingOf(database, { tenantId, id });
    if (pending.length > 0) await queue.enqueue(pending);
  };
}
