import type { ApiKey, ApiKeyId, KeyLimits, Scope, TenantId } from '@roleforge/contracts';
import { SCOPES } from '@roleforge/contracts';
import { hashApiKey, newApiKey, newApiKeyId, rotationOf } from '@roleforge/domain';
import type { Knex } from 'knex';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';

/** An API key as the ledger keeps it: everything but the key. */
export type ApiKeyRecord = {
  id: ApiKeyId;
  tenantId: TenantId;
  name: string | null;
  hint: string;
  scopes: readonly Scope[];
  limits: KeyLimits;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  rotatedTo: ApiKeyId | null;
};

type Row = {
  id: ApiKeyId;
  tenant_id: TenantId;
  name: string | null;
  hint: string;
  scopes: string | null;
  limits: string | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  rotated_to: ApiKeyId | null;
};

export const API_KEY_COLUMNS = [
  'id',
  'tenant_id',
  'name',
  'hint',
  'scopes',
  'limits',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
  'rotated_to',
] as const satisfies (keyof Row)[];

/** What is to be said of a new key. */
export type NewApiKey = {
  tenantId: TenantId;
  name?: string | undefined;
  scopes?: readonly Scope[] | undefined;
  expiresAt?: Date | undefined;
  limits?: KeyLimits | undefined;
};

/**
 * Makes a key, as a part of whatever transaction `on` is, and returns it with its record: it is nowhere else to be had from then on.
 * @param pepper what it is hashed with; null where none is configured
 * @param key one that is given from outside, such as by the configuration; a new one where absent
 */
export async function issueApiKey(
  on: Knex,
  { tenantId, name, scopes, expiresAt, limits }: NewApiKey,
  { pepper, now, key = newApiKey() }: { pepper: string | null; now: Date; key?: string },
): Promise<{ key: string; record: ApiKeyRecord }> {
  const row: Row = {
    ...newRow(tenantId, key, now),
    name: name ?? null,
    scopes: scopes === undefined ? null : JSON.stringify(scopes),
    limits: limits === undefined ? null : JSON.stringify(limits),
    expires_at: expiresAt ?? null,
  };
  await addRows(on, tenantId, 'api_keys', { ...row, key_hash: hashApiKey(key, pepper) });
  return { key, record: toApiKeyRecord(row) };
}

function newRow(tenantId: TenantId, key: string, now: Date) {
  return {
    id: newApiKeyId(),
    tenant_id: tenantId,
    hint: key.slice(-4),
    created_at: now,
    revoked_at: null,
    last_used_at: null,
    rotated_to: null,
  };
}

/** What became of the wish to put a new key in an old one's place. */
export type Rotated =
  | { kind: 'rotated'; key: string; record: ApiKeyRecord; oldExpiresAt: Date }
  /** The old key is expired or revoked. */
  | { kind: 'ended' }
  /** Another key has taken its place already. */
  | { kind: 'replaced'; by: ApiKeyId }
  /** The tenant has no such key. */
  | { kind: 'missing' };

/**
 * Makes a key with the name, the scopes and the limits of another one, which works on for the overlap, and has the same time to live. To be
 * called in a transaction: of two who rotate one key at the same time, one does.
 * @param overlapMs how long the old key works on, in milliseconds, if it does not end sooner by itself
 */
export async function rotateApiKey(
  trx: Knex,
  { tenantId, id, overlapMs }: { tenantId: TenantId; id: ApiKeyId; overlapMs: number },
  { pepper, now }: { pepper: string | null; now: Date },
): Promise<Rotated> {
  const old: Row | undefined = await rowsOf(trx, tenantId, 'api_keys')
    .where({ id })
    .first(...API_KEY_COLUMNS)
    .forUpdate();
  if (old === undefined) return { kind: 'missing' };
  const rotation = rotationOf(toApiKeyRecord(old), overlapMs, now);
  if (rotation.kind !== 'allowed') return rotation;
  const { name, scopes, limits } = old;
  const key = newApiKey();
  const row: Row = { ...newRow(tenantId, key, now), name, scopes, limits, expires_at: rotation.newExpiresAt };
  await addRows(trx, tenantId, 'api_keys', { ...row, key_hash: hashApiKey(key, pepper) });
  await rowsOf(trx, tenantId, 'api_keys')
    .where({ id })
    .update({ expires_at: rotation.oldExpiresAt, rotated_to: row.id });
  return { kind: 'rotated', key, record: toApiKeyRecord(row), oldExpiresAt: rotation.oldExpiresAt };
}

/** All keys of a tenant, those that have ended too, in the order in which they were made. @throws StoreUnavailable */
export async function listApiKeys(database: Database, tenantId: TenantId): Promise<ApiKeyRecord[]> {
  const rows: Row[] = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'api_keys')
      .select(...API_KEY_COLUMNS)
      .orderBy(['created_at', 'id']),
  );
  return rows.map(toApiKeyRecord);
}

/** Ends a key at once. Returns its record; null where the tenant has no such key. A key that has been revoked stays as it is. */
export async function revokeApiKey(
  on: Knex,
  tenantId: TenantId,
  id: ApiKeyId,
  now: Date,
): Promise<ApiKeyRecord | null> {
  await rowsOf(on, tenantId, 'api_keys').where({ id }).whereNull('revoked_at').update({ revoked_at: now });
  return findApiKey(on, tenantId, id);
}

/** A key, locked where `on` is a transaction that asks for it; null where the tenant has none such. */
export async function findApiKey(
  on: Knex,
  tenantId: TenantId,
  id: ApiKeyId,
  { lock = false } = {},
): Promise<ApiKeyRecord | null> {
  const query = rowsOf(on, tenantId, 'api_keys')
    .where({ id })
    .first(...API_KEY_COLUMNS);
  const row: Row | undefined = await (lock ? query.forUpdate() : query);
  return row === undefined ? null : toApiKeyRecord(row);
}

export function toApiKeyRecord(row: Row): ApiKeyRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    hint: row.hint,
    scopes: parse<Scope[]>(row.scopes) ?? SCOPES,
    limits: parse<KeyLimits>(row.limits) ?? {},
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    rotatedTo: row.rotated_to,
  };
}

/** A key as it is shown in lists. */
export function presentApiKey(record: ApiKeyRecord, now: Date): ApiKey {
  const { revokedAt, expiresAt } = record;
  const ended = revokedAt !== null ? 'revoked' : expiresAt !== null && expiresAt <= now ? 'expired' : null;
  return {
    id: record.id,
    object: 'api_key',
    name: record.name,
    hint: record.hint,
    scopes: [...record.scopes],
    limits: record.limits,
    status: ended ?? 'active',
    createdAt: record.createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastUsedAt: record.lastUsedAt?.toISOString() ?? null,
    rotatedTo: record.rotatedTo,
  };
}
