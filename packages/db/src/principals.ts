import {
  type ApiKeyId,
  type KeyLimits,
  SCOPES,
  type Scope,
  type TenantId,
  type TenantLimits,
  type TenantStatus,
} from '@roleforge/contracts';
import type { Principal } from '@roleforge/domain';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/** Whom a key stands for, and whether its tenant may use the service at all. */
export type FoundPrincipal = {
  principal: Principal;
  keyId: ApiKeyId;
  tenantStatus: TenantStatus;
  /** What the key is stored under: one of the hashes that were asked for. */
  keyHash: Buffer;
};

type Row = {
  id: ApiKeyId;
  tenant_id: TenantId;
  key_hash: Buffer;
  expires_at: Date | null;
  scopes: string | null;
  key_limits: string | null;
  tenant_limits: string | null;
  status: TenantStatus;
};

/**
 * Whom the key stands for that is stored under one of these hashes; null where there is none, or it is expired or revoked.
 * @throws StoreUnavailable
 */
export async function findPrincipal(
  database: Database,
  hashes: readonly Buffer[],
  now: Date,
): Promise<FoundPrincipal | null> {
  const { knex } = database;
  const row: Row | undefined = await answered(database, () =>
    rowsOfAll(knex, 'api_keys')
      .join('tenants', 'tenants.id', 'api_keys.tenant_id')
      .whereIn('api_keys.key_hash', [...hashes])
      .whereNull('api_keys.revoked_at')
      .where(valid => valid.whereNull('api_keys.expires_at').orWhere('api_keys.expires_at', '>', now))
      .first(
        'api_keys.id',
        'api_keys.tenant_id',
        'api_keys.key_hash',
        'api_keys.expires_at',
        'api_keys.scopes',
        'tenants.status',
        knex.raw('api_keys.limits AS key_limits'),
        knex.raw('tenants.limits AS tenant_limits'),
      ),
  );
  if (row === undefined) return null;
  return {
    principal: {
      tenantId: row.tenant_id,
      actor: { kind: 'api_key', id: row.id },
      scopes: parse<Scope[]>(row.scopes) ?? SCOPES,
      tenantLimits: parse<TenantLimits>(row.tenant_limits) ?? {},
      keyLimits: parse<KeyLimits>(row.key_limits) ?? {},
      ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    },
    keyId: row.id,
    tenantStatus: row.status,
    keyHash: row.key_hash,
  };
}

/** Somebody who was let in: by a key, or for a tenant alone where there is none, as with a token. */
export type Visitor = { tenantId: TenantId; keyId: ApiKeyId | null };

/**
 * Which of the visitors would be let in now: their tenant is not suspended, and their key has not ended. Two reads, however many
 * they are. @throws StoreUnavailable
 */
export async function findWelcome<V extends Visitor>(
  database: Database,
  visitors: readonly V[],
  now: Date,
): Promise<Set<V>> {
  const tenantIds = [...new Set(visitors.map(visitor => visitor.tenantId))];
  const keyIds = [...new Set(visitors.flatMap(({ keyId }) => (keyId === null ? [] : [keyId])))];
  const { knex } = database;
  const [active, valid] = await answered(database, () =>
    Promise.all([
      knex('tenants').where('status', 'active').whereIn('id', tenantIds).pluck('id') as Promise<TenantId[]>,
      keyIds.length === 0
        ? []
        : (rowsOfAll(knex, 'api_keys')
            .whereIn('id', keyIds)
            .whereNull('revoked_at')
            .where(unended => unended.whereNull('expires_at').orWhere('expires_at', '>', now))
            .pluck('id') as unknown as Promise<ApiKeyId[]>),
    ]),
  );
  const [tenants, keys] = [new Set(active), new Set(valid)];
  return new Set(
    visitors.filter(({ tenantId, keyId }) => tenants.has(tenantId) && (keyId === null || keys.has(keyId))),
  );
}
