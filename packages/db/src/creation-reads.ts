import type { BulkFilter, CreationId, CreationListQuery, TenantId } from '@roleforge/contracts';
import { type CreationRecord, firstCreationIdAt } from '@roleforge/domain';
import type { Knex } from 'knex';
import { CREATION_COLUMNS, type CreationRow, checkpointFlags, toCreationRecord } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

/** One creation of a tenant's; null where the tenant has none under this id. @throws StoreUnavailable */
export async function findCreation(
  database: Database,
  tenantId: TenantId,
  id: CreationId,
): Promise<CreationRecord | null> {
  const { knex } = database;
  const row: CreationRow | undefined = await answered(database, () =>
    rowsOf(knex, tenantId, 'role_creations')
      .select(...CREATION_COLUMNS, 'attempt_log', ...checkpointFlags(knex))
      .where({ id })
      .first(),
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
  const query = rowsOf(knex, tenantId, 'role_creations')
    .select(...CREATION_COLUMNS, ...checkpointFlags(knex))
    .orderBy('id', 'desc')
    .limit(limit + 1);
  filterCreations(query, { status, taskId, createdAfter, createdBefore });
  if (before !== null) query.where('id', '<', before);
  const rows: CreationRow[] = await answered(database, () => query);
  return { items: rows.slice(0, limit).map(toCreationRecord), more: rows.length > limit };
}

/** Narrows a query down to the creations that a filter of the wire means. */
export function filterCreations<Q extends Knex.QueryBuilder>(
  query: Q,
  { status, taskId, createdAfter, createdBefore }: BulkFilter,
): Q {
  if (status !== undefined) query.where('status', status);
  if (taskId !== undefined) query.where('task_id', taskId);
  if (createdAfter !== undefined) query.where('id', '>=', firstCreationIdAt(Date.parse(createdAfter) + 1));
  if (createdBefore !== undefined) query.where('id', '<', firstCreationIdAt(Date.parse(createdBefore)));
  return query;
}
