import { type CreationId, SubmitCreation, type TenantId } from '@roleforge/contracts';
import { acceptCreations, cancelCreation, type Database, rowsOf } from '@roleforge/db';
import { newCreation, newDeliveryId } from '@roleforge/domain';
import type { DeliveryJob } from '@roleforge/queue';

/** Ends a creation that names an address itself, as a cancelling call does that dies before it can tell the queue. */
export async function endedUnheard(
  database: Database,
  tenantId: TenantId,
  url: string,
  now = new Date(),
): Promise<CreationId> {
  const submission = SubmitCreation.parse({ taskId: 'tea-shop', webhook: { url } });
  const creation = newCreation(submission, { tenantId, requestId: 'test', traceparent: null, now });
  await acceptCreations(database, [creation]);
  if ((await cancelCreation(database, creation, now)) !== 'done') throw new Error('It was not cancelled.');
  return creation.id;
}

/** So many messages to an address, all due: as if as many creations that name it had ended unheard. */
export async function manyMessages(database: Database, tenantId: TenantId, url: string, count: number): Promise<void> {
  await endedUnheard(database, tenantId, url);
  const rows = () => rowsOf(database.knex, tenantId, 'webhook_deliveries');
  const model = await rows().first();
  const others = Array.from({ length: count - 1 }, () => ({ ...model, id: newDeliveryId(Date.now()) }));
  await database.knex.batchInsert('webhook_deliveries', others, 500);
}

/** What a tenant's messages have come to, in the order in which they were made. */
export async function deliveriesOf(
  database: Database,
  tenantId: TenantId,
): Promise<{ id: DeliveryJob['deliveryId']; status: string; attempts: number; next_attempt_at: Date | null }[]> {
  return rowsOf(database.knex, tenantId, 'webhook_deliveries')
    .select('id', 'status', 'attempts', 'next_attempt_at')
    .orderBy('id');
}
