import type { CreationId, CreationStatus, TenantId, TenantStatus } from '@roleforge/contracts';
import { type CreationRecord, firstCreationIdAt } from '@roleforge/domain';
import type { Knex } from 'knex';
import { amongCreations, type CreationKey } from './creation-keys.ts';
import { answered, type Database } from './database.ts';
import { concedeForLost, fallDue, lapse } from './settle-creations.ts';
import { rowsOfAll } from './tenant-rows.ts';

/** A creation that has not ended, with what dispatching it needs. */
export type UnfinishedCreation = Pick<
  CreationRecord,
  'id' | 'tenantId' | 'requestId' | 'traceparent' | 'priority' | 'status' | 'attempts' | 'deadlineAt'
> & {
  /** Not to be taken before: the creation's own `runAt`, or the time of its next attempt. */
  runAt: Date | null;
  /** Whether nothing of the tenant's is to be begun: it is paused, or suspended. */
  tenantStopped: boolean;
};

type Row = {
  id: CreationId;
  tenant_id: TenantId;
  request_id: string;
  traceparent: string | null;
  priority: CreationRecord['priority'];
  status: CreationStatus;
  attempts: number;
  run_at: Date | null;
  retry_at: Date | null;
  deadline_at: Date | null;
  paused_at: Date | null;
  /** Null where the tenant is not there. */
  tenant_status: TenantStatus | null;
};

/**
 * Creations of all tenants in one state that were accepted before `acceptedBefore`, in the order of their acceptance.
 * @param after the last one of the page before
 * @throws StoreUnavailable
 */
export async function listUnfinished(
  database: Database,
  status: CreationStatus,
  { acceptedBefore, after, limit }: { acceptedBefore: Date; after: CreationId | null; limit: number },
): Promise<UnfinishedCreation[]> {
  const query = unfinished(database.knex)
    .where('role_creations.status', status)
    .where('role_creations.id', '<', firstCreationIdAt(acceptedBefore.getTime()))
    .orderBy('role_creations.id')
    .limit(limit);
  if (after !== null) query.where('role_creations.id', '>', after);
  return (await answered<Row[]>(database, () => query)).map(toUnfinished);
}

/** As `listUnfinished`, of one tenant. @throws StoreUnavailable */
export async function listUnfinishedOf(
  database: Database,
  tenantId: TenantId,
  status: CreationStatus,
  { after, limit }: { after: CreationId | null; limit: number },
): Promise<UnfinishedCreation[]> {
  const query = unfinished(database.knex)
    .where({ tenant_id: tenantId, 'role_creations.status': status })
    .orderBy('role_creations.id')
    .limit(limit);
  if (after !== null) query.where('role_creations.id', '>', after);
  return (await answered<Row[]>(database, () => query)).map(toUnfinished);
}

/** Those of these creations that the ledger has, whatever their state. @throws StoreUnavailable */
export async function findForDispatch(database: Database, keys: readonly CreationKey[]): Promise<UnfinishedCreation[]> {
  if (keys.length === 0) return [];
  const query = amongCreations(unfinished(database.knex), keys);
  return (await answered<Row[]>(database, () => query)).map(toUnfinished);
}

type Settling = (database: Database, creations: readonly CreationKey[], now: Date) => Promise<number>;

/** Ends those of these creations that wait and whose deadline has passed; returns how many. @throws StoreUnavailable */
export const lapseOverdue: Settling = settling(lapse);

/** Ends those that were to be cancelled by a worker which is gone; returns how many. @throws StoreUnavailable */
export const concedeLost: Settling = settling(concedeForLost);

/** Lets those wait their turn whose `runAt` has come; returns how many. @throws StoreUnavailable */
export const queueDue: Settling = settling(fallDue);

function settling(settle: typeof lapse): Settling {
  return async (database, creations, now) => {
    if (creations.length === 0) return 0;
    return answered(database, () => settle(database.knex, creations, now));
  };
}

function unfinished(knex: Knex): Knex.QueryBuilder {
  return (
    rowsOfAll(knex, 'role_creations')
      // Left, so that the server reads creations in the order of their index and looks each one's tenant up.
      .leftJoin('tenants', 'tenants.id', 'role_creations.tenant_id')
      .select(
        'role_creations.id',
        'tenant_id',
        'request_id',
        'traceparent',
        'priority',
        'role_creations.status',
        'attempts',
        'run_at',
        'retry_at',
        'deadline_at',
        'paused_at',
        'tenants.status AS tenant_status',
      )
  );
}

function toUnfinished(row: Row): UnfinishedCreation {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    requestId: row.request_id,
    traceparent: row.traceparent,
    priority: row.priority,
    status: row.status,
    attempts: row.attempts,
    runAt: row.retry_at ?? row.run_at,
    deadlineAt: row.deadline_at,
    tenantStopped: row.paused_at !== null || (row.tenant_status !== null && row.tenant_status !== 'active'),
  };
}
