import type { CreationId, DeliveryId, TenantId } from '@roleforge/contracts';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { rowsOf, rowsOfAll } from './tenant-rows.ts';

/** Deletes the messages about these creations, with the attempts at them; to be called where the creations are deleted. */
export async function deleteDeliveriesOf(
  trx: Knex,
  tenantId: TenantId,
  creations: readonly CreationId[],
): Promise<void> {
  if (creations.length === 0) return;
  const ids: DeliveryId[] = await rowsOf(trx, tenantId, 'webhook_deliveries')
    .whereIn('creation_id', [...creations])
    .pluck('id');
  await deleteDeliveries(trx, tenantId, ids);
}

const ENDED = ['delivered', 'failed'] as const;

/**
 * Deletes messages of all tenants that were delivered or given up before `before`, the oldest first, with the attempts at them; returns
 * how many. One that was asked for again meanwhile stays. @throws StoreUnavailable
 */
export async function pruneDeliveries(database: Database, before: Date, limit: number): Promise<number> {
  let pruned = 0;
  for (const status of ENDED)
    if (pruned < limit)
      pruned += await answered(database, () => pruneEnded(database.knex, status, before, limit - pruned));
  return pruned;
}

function pruneEnded(knex: Knex, status: (typeof ENDED)[number], before: Date, limit: number): Promise<number> {
  return knex.transaction(async trx => {
    const old: { tenant_id: TenantId; id: DeliveryId }[] = await rowsOfAll(trx, 'webhook_deliveries')
      .select('tenant_id', 'id')
      .where('status', status)
      .where('finished_at', '<', before)
      .orderBy('finished_at')
      .limit(limit)
      .forUpdate();
    for (const [tenantId, own] of Map.groupBy(old, row => row.tenant_id))
      await deleteDeliveries(
        trx,
        tenantId,
        own.map(({ id }) => id),
      );
    return old.length;
  });
}

/** The messages first: no attempt is noted at one that is gone. */
async function deleteDeliveries(trx: Knex, tenantId: TenantId, ids: readonly DeliveryId[]): Promise<void> {
  if (ids.length === 0) return;
  await rowsOf(trx, tenantId, 'webhook_deliveries')
    .whereIn('id', [...ids])
    .delete();
  await rowsOf(trx, tenantId, 'webhook_attempts')
    .whereIn('delivery_id', [...ids])
    .delete();
}
