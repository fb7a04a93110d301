import type { BulkFilter, BulkId, BulkOperation, CreationId, CreationStatus, TenantId } from '@roleforge/contracts';
import { firstCreationIdAt, statesAllowing } from '@roleforge/domain';
import type { Knex } from 'knex';
import { filterCreations } from './creation-reads.ts';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf, rowsOfAll } from './tenant-rows.ts';

/** A bulk call as the ledger keeps it. */
export type BulkRecord = Pick<BulkOperation, 'action' | 'filter' | 'matched' | 'done'> & {
  tenantId: TenantId;
  id: BulkId;
  requestId: string;
  state: 'waiting' | 'running' | 'finished';
  /** The tenant's latest creation when it was asked for: what is submitted after it is none of its business. */
  untilId: CreationId;
  /** The last creation that it has been applied to. */
  position: CreationId | null;
  createdAt: Date;
  finishedAt: Date | null;
};

type Scope = Pick<BulkRecord, 'tenantId' | 'action' | 'filter' | 'untilId'>;

/** What a bulk call that is asked for at this moment is about, and how many creations that are. @throws StoreUnavailable */
export async function surveyBulk(
  database: Database,
  scope: Omit<Scope, 'untilId'>,
): Promise<Pick<BulkRecord, 'untilId' | 'matched'>> {
  const { knex } = database;
  return answered(database, async () => {
    // By the ledger's own order, since the clocks of those who accept may be apart.
    const latest = await rowsOf(knex, scope.tenantId, 'role_creations').max({ id: 'id' }).first();
    const untilId: CreationId = latest?.id ?? firstCreationIdAt(0);
    const [row] = await matching(knex, { ...scope, untilId }).count<{ matched: number }[]>({ matched: '*' });
    return { untilId, matched: Number(row?.matched ?? 0) };
  });
}

/** The next creations that a bulk call is to be applied to, in the order of their acceptance. @throws StoreUnavailable */
export async function nextOfBulk(
  database: Database,
  { position, ...scope }: Scope & Pick<BulkRecord, 'position'>,
  limit: number,
): Promise<CreationId[]> {
  const query = matching(database.knex, scope).select('id').orderBy('id').limit(limit);
  if (position !== null) query.where('id', '>', position);
  const rows: { id: CreationId }[] = await answered(database, () => query);
  return rows.map(row => row.id);
}

/** @throws StoreUnavailable */
export async function addBulk(database: Database, record: BulkRecord): Promise<void> {
  await answered(database, () => addRows(database.knex, record.tenantId, 'bulk_operations', toRow(record)));
}

/** Null where the tenant has none under this id. @throws StoreUnavailable */
export async function findBulk(database: Database, tenantId: TenantId, id: BulkId): Promise<BulkRecord | null> {
  const row: Row | undefined = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'bulk_operations').where({ id }).first(),
  );
  return row === undefined ? null : toRecord(row);
}

/** Bulk calls of all tenants that have not been carried out to the end, oldest first. @throws StoreUnavailable */
export async function listUnfinishedBulks(database: Database, limit: number): Promise<BulkRecord[]> {
  const rows: Row[] = await answered(database, () =>
    rowsOfAll(database.knex, 'bulk_operations').whereIn('state', ['waiting', 'running']).orderBy('id').limit(limit),
  );
  return rows.map(toRecord);
}

/**
 * Notes how far a bulk call has come from `before`. False where somebody else has gone on from there, and nothing was noted.
 * @throws StoreUnavailable
 */
export async function noteBulk(
  database: Database,
  before: Pick<BulkRecord, 'position'>,
  { tenantId, id, state, done, position, finishedAt }: BulkRecord,
): Promise<boolean> {
  const { knex } = database;
  const noted = await answered(database, () =>
    rowsOf(knex, tenantId, 'bulk_operations')
      .where({ id })
      .whereNot('state', 'finished')
      .whereRaw('position <=> ?', [before.position])
      .update({ state, done, position, finished_at: finishedAt }),
  );
  return noted > 0;
}

/** The states in which a bulk action applies to a creation. */
const STATES: Record<BulkRecord['action'], CreationStatus[]> = {
  cancel: [...statesAllowing('cancel'), ...statesAllowing('askToCancel')],
  retry: statesAllowing('restart'),
};

function matching(knex: Knex, { tenantId, action, filter, untilId }: Scope): Knex.QueryBuilder {
  const query = rowsOf(knex, tenantId, 'role_creations').whereIn('status', STATES[action]);
  return filterCreations(query.where('id', '<=', untilId), filter);
}

type Row = {
  tenant_id: TenantId;
  id: BulkId;
  request_id: string;
  action: BulkRecord['action'];
  filter: string;
  state: BulkRecord['state'];
  matched: number;
  done: number;
  until_id: CreationId;
  position: CreationId | null;
  created_at: Date;
  finished_at: Date | null;
};

function toRow(record: BulkRecord): Row {
  return {
    tenant_id: record.tenantId,
    id: record.id,
    request_id: record.requestId,
    action: record.action,
    filter: JSON.stringify(record.filter),
    state: record.state,
    matched: record.matched,
    done: record.done,
    until_id: record.untilId,
    position: record.position,
    created_at: record.createdAt,
    finished_at: record.finishedAt,
  };
}

function toRecord(row: Row): BulkRecord {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    requestId: row.request_id,
    action: row.action,
    filter: JSON.parse(row.filter) as BulkFilter,
    state: row.state,
    matched: row.matched,
    done: row.done,
    untilId: row.until_id,
    position: row.position,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
