import type { CreationId, CreationListQuery, TenantId } from '@roleforge/contracts';
import { type CreationRecord, firstCreationIdAt, statesAllowing } from '@roleforge/domain';
import { CREATION_COLUMNS, type CreationRow, toCreationRecord } from './creation-rows.ts';
import { answered, type Database } from './database.ts';

/** One creation of a tenant's; null where the tenant has none under this id. @throws StoreUnavailable */
export async function findCreation(
  database: Database,
  tenantId: TenantId,
  id: CreationId,
): Promise<CreationRecord | null> {
  const { knex } = database;
  const row: CreationRow | undefined = await answered(database, () =>
    knex('role_creations').select(CREATION_COLUMNS).where({ tenant_id: tenantId, id }).first(),
  );
  return row === undefined ? null : toCreationRecord(row);
}

type ListFilter = Pick<CreationListQuery, 'limit' | 'status' | 'taskId' | 'createdAfter' | 'createdBefore'> & {
  /** Only creations older than this one. */
  before: CreationId | null;
};

/**
 * A tenant's creations, newest first, and whether there are more. Ids begin with the time of creation, so that the time
 * filters are ranges of the primary key; both bounds are exclusive.
 * @throws StoreUnavailable
 */
export async function listCreations(
  database: Database,
  tenantId: TenantId,
  { limit, status, taskId, createdAfter, createdBefore, before }: ListFilter,
): Promise<{ items: CreationRecord[]; more: boolean }> {
  const { knex } = database;
  const query = knex('role_creations')
    .select(CREATION_COLUMNS)
    .where('tenant_id', tenantId)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (status !== undefined) query.where('status', status);
  if (taskId !== undefined) query.where('task_id', taskId);
  if (createdAfter !== undefined) query.where('id', '>=', firstCreationIdAt(Date.parse(createdAfter) + 1));
  if (createdBefore !== undefined) query.where('id', '<', firstCreationIdAt(Date.parse(createdBefore)));
  if (before !== null) query.where('id', '<', before);
  const rows: CreationRow[] = await answered(database, () => query);
  return { items: rows.slice(0, limit).map(toCreationRecord), more: rows.length > limit };
}

/** A creation that has not ended, with what putting it on the queue needs. */
export type UnfinishedCreation = Pick<
  CreationRecord,
  'id' | 'tenantId' | 'requestId' | 'traceparent' | 'priority' | 'runAt'
>;

/**
 * Creations of all tenants that the queue should hold, waiting or in a worker's hand, and that were accepted before
 * `acceptedBefore`, oldest first: the reconciler's reading list.
 * @param after the last one of the page before
 * @throws StoreUnavailable
 */
export async function listUnfinished(
  database: Database,
  acceptedBefore: Date,
  after: CreationId | null,
  limit: number,
): Promise<UnfinishedCreation[]> {
  const { knex } = database;
  const query = knex('role_creations')
    .select('id', 'tenant_id', 'request_id', 'traceparent', 'priority', 'run_at', 'retry_at')
    .whereIn('status', statesAllowing('take'))
    .where('id', '<', firstCreationIdAt(acceptedBefore.getTime()))
    .orderBy('id')
    .limit(limit);
  if (after !== null) query.where('id', '>', after);
  const rows: (CreationRow & { retry_at: Date | null })[] = await answered(database, () => query);
  return rows.map(row => ({
    id: row.id,
    tenantId: row.tenant_id,
    requestId: row.request_id,
    traceparent: row.traceparent,
    priority: row.priority,
    runAt: row.retry_at ?? row.run_at,
  }));
}
