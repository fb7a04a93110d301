import { hash } from 'node:crypto';
import type { TenantId } from '@roleforge/contracts';
import { newTenantId } from '@roleforge/domain';
import { answered, type Database } from './database.ts';

/** SHA-256 of an API key. Keys are long and random, so a fast hash is enough: there is nothing to guess. */
export function hashApiKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

/** The tenant that a key belongs to; null for a key that is unknown, expired or revoked. @throws StoreUnavailable */
export async function findTenantByKey(database: Database, keyHash: Buffer, now: Date): Promise<TenantId | null> {
  const { knex } = database;
  const row: { tenant_id: TenantId } | undefined = await answered(database, () =>
    knex('api_keys')
      .join('tenants', 'tenants.id', 'api_keys.tenant_id')
      .select('api_keys.tenant_id')
      .where({ 'api_keys.key_hash': keyHash, 'tenants.status': 'active' })
      .whereNull('api_keys.revoked_at')
      .where(valid => valid.whereNull('api_keys.expires_at').orWhere('api_keys.expires_at', '>', now))
      .first(),
  );
  return row?.tenant_id ?? null;
}

/**
 * Makes a tenant with this API key, or finds the one that has it: so that a service that starts with a key in its
 * configuration has its tenant, however often it starts. @throws StoreUnavailable
 */
export async function ensureTenant(
  database: Database,
  name: string,
  apiKey: string,
  now = new Date(),
): Promise<TenantId> {
  const { knex } = database;
  const keyHash = hashApiKey(apiKey);
  return answered(
    database,
    () =>
      knex.transaction(async trx => {
        const known = await trx('api_keys').select('tenant_id').where('key_hash', keyHash).first();
        if (known !== undefined) return known.tenant_id;
        const id = newTenantId();
        await trx('tenants').insert({ id, name, created_at: now });
        await trx('api_keys').insert({ key_hash: keyHash, tenant_id: id, hint: apiKey.slice(-4), created_at: now });
        return id;
      }),
    // Another process made it at the same moment: the second look finds it.
    ['ER_DUP_ENTRY'],
  );
}

/** A tenant as the ledger keeps it. */
export type TenantRecord = { id: TenantId; name: string; pausedAt: Date | null; createdAt: Date };

/** Null where there is none. @throws StoreUnavailable */
export async function findTenant(database: Database, id: TenantId): Promise<TenantRecord | null> {
  const row: { id: TenantId; name: string; paused_at: Date | null; created_at: Date } | undefined = await answered(
    database,
    () => database.knex('tenants').select('id', 'name', 'paused_at', 'created_at').where('id', id).first(),
  );
  if (row === undefined) return null;
  return { id: row.id, name: row.name, pausedAt: row.paused_at, createdAt: row.created_at };
}

/**
 * From now on nothing of the tenant's is begun; with `at` null, it is again. False where it was so before.
 * @throws StoreUnavailable
 */
export async function setTenantPaused(database: Database, id: TenantId, at: Date | null): Promise<boolean> {
  const rows = database.knex('tenants').where('id', id);
  const changed = await answered(database, () =>
    (at === null ? rows.clone().whereNotNull('paused_at') : rows.clone().whereNull('paused_at')).update({
      paused_at: at,
    }),
  );
  return changed > 0;
}
