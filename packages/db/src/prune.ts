import { firstBulkIdAt, firstCreationIdAt, TERMINAL_STATES } from '@roleforge/domain';
import type { Knex } from 'knex';
import { amongCreations, type CreationKey } from './creation-keys.ts';
import { answered, type Database } from './database.ts';
import { deleteDeliveriesOf } from './delivery-upkeep.ts';
import { rowsOf, rowsOfAll } from './tenant-rows.ts';

/*
 * What has been kept for long enough, a batch at a time: each statement finds its rows by an index, locks no more than a batch,
 * and is over before anybody has to wait for it.
 */

/** Deletes the oldest idempotency keys of all tenants first used before `before`; returns how many. @throws StoreUnavailable */
export async function pruneIdempotencyKeys(database: Database, before: Date, limit: number): Promise<number> {
  const [{ affectedRows }] = await answered(database, () =>
    database.knex.raw('DELETE FROM idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?', [before, limit]),
  );
  return affectedRows;
}

/** Forgets the oldest of the creations of all tenants that were accepted before `before` and erased; returns how many rows that were. @throws StoreUnavailable */
export async function pruneErased(database: Database, before: Date, limit: number): Promise<number> {
  const [{ affectedRows }] = await answered(database, () =>
    database.knex.raw('DELETE FROM erased_creations WHERE accepted_at < ? ORDER BY accepted_at LIMIT ?', [
      before,
      limit,
    ]),
  );
  return affectedRows;
}

/**
 * Deletes bulk calls of all tenants that were carried out to the end before `before`, the oldest first; returns how many. Their ids
 * begin with the time of the call, which comes before its end: the index of states and ids leads past all that is younger.
 * @throws StoreUnavailable
 */
export async function pruneBulks(database: Database, before: Date, limit: number): Promise<number> {
  const [{ affectedRows }] = await answered(database, () =>
    database.knex.raw(
      `DELETE FROM bulk_operations WHERE state = 'finished' AND id < ? AND finished_at < ? ORDER BY id LIMIT ?`,
      [firstBulkIdAt(before.getTime()), before, limit],
    ),
  );
  return affectedRows;
}

/**
 * The creations of all tenants that ended before `before`. Ids begin with the time of acceptance, which comes before the end, so
 * that the index of states and ids leads past all that is younger. @throws StoreUnavailable
 */
export async function listEndedBefore(database: Database, before: Date, limit: number): Promise<CreationKey[]> {
  const rows: { tenant_id: CreationKey['tenantId']; id: CreationKey['id'] }[] = await answered(database, () =>
    rowsOfAll(database.knex, 'role_creations')
      .select('tenant_id', 'id')
      .whereIn('status', [...TERMINAL_STATES])
      .where('id', '<', firstCreationIdAt(before.getTime()))
      .where('finished_at', '<', before)
      .orderBy(['status', 'id'])
      .limit(limit),
  );
  return rows.map(({ tenant_id: tenantId, id }) => ({ tenantId, id }));
}

/**
 * Deletes those of these creations that still count as ended before `before`, with the calls of a model that were made for them
 * and the messages that tell of them: one that was begun again meanwhile stays. Returns how many. The versions of roles that they made stay. @throws StoreUnavailable
 */
export async function pruneCreations(
  database: Database,
  creations: readonly CreationKey[],
  before: Date,
): Promise<number> {
  return answered(database, () =>
    database.knex.transaction(async (trx): Promise<number> => {
      const pruned = await amongCreations(rowsOfAll(trx, 'role_creations'), creations)
        .whereIn('status', [...TERMINAL_STATES])
        .where('finished_at', '<', before)
        .delete();
      if (pruned > 0) await deleteOrphans(trx, creations);
      return pruned;
    }),
  );
}

/** Deletes what was kept for those of these creations that are gone. */
async function deleteOrphans(on: Knex, creations: readonly CreationKey[]): Promise<void> {
  for (const [tenantId, own] of Map.groupBy(creations, creation => creation.tenantId)) {
    const ids = own.map(({ id }) => id);
    const kept: string[] = await rowsOf(on, tenantId, 'role_creations').whereIn('id', ids).pluck('id');
    const gone = ids.filter(id => !kept.includes(id));
    await rowsOf(on, tenantId, 'model_calls').whereIn('creation_id', gone).delete();
    await deleteDeliveriesOf(on, tenantId, gone);
  }
}
