import type { TenantId, TenantLimits, TenantStatus } from '@roleforge/contracts';
import { type Doer, hashesOf, newTenantId } from '@roleforge/domain';
import { issueApiKey } from './api-key-store.ts';
import { noteDeed } from './audit-log.ts';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/**
 * Makes a tenant with this API key, or finds the one that has it: so that a service that starts with a key in its
 * configuration has its tenant, however often it starts. @throws StoreUnavailable
 */
export async function ensureTenant(
  database: Database,
  name: string,
  apiKey: string,
  { peppers = [], now = new Date() }: { peppers?: readonly string[]; now?: Date } = {},
): Promise<TenantId> {
  const { knex } = database;
  return answered(
    database,
    () =>
      knex.transaction(async trx => {
        const known = await rowsOfAll(trx, 'api_keys')
          .select('tenant_id')
          .whereIn('key_hash', hashesOf(apiKey, peppers))
          .first();
        if (known !== undefined) return known.tenant_id;
        const id = newTenantId();
        await trx('tenants').insert({ id, name, created_at: now });
        await issueApiKey(trx, { tenantId: id }, { pepper: peppers[0] ?? null, now, key: apiKey });
        return id;
      }),
    // Another process made it at the same moment: the second look finds it.
    ['ER_DUP_ENTRY'],
  );
}

/** A tenant as the ledger keeps it. */
export type TenantRecord = {
  id: TenantId;
  name: string;
  status: TenantStatus;
  weight: number;
  limits: TenantLimits;
  pausedAt: Date | null;
  createdAt: Date;
};

export type TenantRow = {
  id: TenantId;
  name: string;
  status: TenantStatus;
  weight: string;
  limits: string | null;
  paused_at: Date | null;
  created_at: Date;
};
export const TENANT_COLUMNS = [
  'id',
  'name',
  'status',
  'weight',
  'limits',
  'paused_at',
  'created_at',
] as const satisfies (keyof TenantRow)[];

export function toTenantRecord(row: TenantRow): TenantRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    weight: Number(row.weight),
    limits: parse<TenantLimits>(row.limits) ?? {},
    pausedAt: row.paused_at,
    createdAt: row.created_at,
  };
}

/** Null where there is none. @throws StoreUnavailable */
export async function findTenant(database: Database, id: TenantId): Promise<TenantRecord | null> {
  const row: TenantRow | undefined = await answered(database, () =>
    database
      .knex('tenants')
      .where('id', id)
      .first(...TENANT_COLUMNS),
  );
  return row === undefined ? null : toTenantRecord(row);
}

/**
 * The tenants, newest first, and whether there are more.
 * @param before only those made before this one
 * @throws StoreUnavailable
 */
export async function listTenants(
  database: Database,
  { status, limit, before }: { status?: TenantStatus | undefined; limit: number; before: TenantId | null },
): Promise<{ items: TenantRecord[]; more: boolean }> {
  const query = database
    .knex('tenants')
    .select(...TENANT_COLUMNS)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (status !== undefined) query.where('status', status);
  if (before !== null) query.where('id', '<', before);
  const rows: TenantRow[] = await answered(database, () => query);
  return { items: rows.slice(0, limit).map(toTenantRecord), more: rows.length > limit };
}

/**
 * From now on nothing of the tenant's is begun; with `at` null, it is again. False where it was so before.
 * @param noted who does it and when, for the entry in the audit log that is made along with it
 * @throws StoreUnavailable
 */
export async function setTenantPaused(
  database: Database,
  id: TenantId,
  at: Date | null,
  noted?: { doer: Doer; now: Date },
): Promise<boolean> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const rows = trx('tenants').where('id', id);
      const others = at === null ? rows.whereNotNull('paused_at') : rows.whereNull('paused_at');
      const changed = (await others.update({ paused_at: at })) > 0;
      const action = at === null ? 'tenant.unpaused' : 'tenant.paused';
      if (changed && noted !== undefined)
        await noteDeed(trx, noted.doer, { action, tenantId: id, target: id }, noted.now);
      return changed;
    }),
  );
}
