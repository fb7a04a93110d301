import type { AuditAction, AuditEntry, AuditEntryId, AuditQuery, TenantId } from '@roleforge/contracts';
import { type Doer, firstAuditEntryIdAt, newAuditEntryId } from '@roleforge/domain';
import type { Knex } from 'knex';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';

/** What was done, to what. `detail` holds what was changed, and never a secret. */
export type Deed = {
  action: AuditAction;
  tenantId: TenantId | null;
  target?: string;
  detail?: Record<string, unknown>;
};

/** As many characters of an actor's id as there is room for: whoever issues tokens says what their subjects are called. */
const MOST_OF_ACTOR = 200;

/**
 * Adds an entry to the audit log, in the transaction that does what it tells of: neither is there without the other. Entries are never
 * changed or deleted.
 */
export async function noteDeed(
  on: Knex,
  { actor, remoteAddress, requestId }: Doer,
  deed: Deed,
  at: Date,
): Promise<void> {
  await on('audit_log').insert({
    id: newAuditEntryId(at.getTime()),
    at,
    actor_kind: actor.kind,
    actor_id: actor.id.slice(0, MOST_OF_ACTOR),
    tenant_id: deed.tenantId,
    action: deed.action,
    target: deed.target ?? null,
    remote_address: remoteAddress,
    request_id: requestId,
    detail: deed.detail === undefined ? null : JSON.stringify(deed.detail),
  });
}

/** As `noteDeed`, of what changes nothing in the ledger. @throws StoreUnavailable */
export async function noteAlone(database: Database, doer: Doer, deed: Deed, at: Date): Promise<void> {
  await answered(database, () => noteDeed(database.knex, doer, deed, at));
}

type Row = {
  id: AuditEntryId;
  at: Date;
  actor_kind: AuditEntry['actor']['kind'];
  actor_id: string;
  tenant_id: TenantId | null;
  action: AuditAction;
  target: string | null;
  remote_address: string | null;
  request_id: string;
  detail: string | null;
};

type Filter = Pick<AuditQuery, 'tenantId' | 'action' | 'createdAfter' | 'createdBefore' | 'limit'> & {
  /** Only entries older than this one. */
  before: AuditEntryId | null;
};

/**
 * Entries of the audit log, newest first, and whether there are more. Ids begin with the time of what they tell of, so that the time
 * filters are ranges of an index that ends with the id; both bounds are exclusive. @throws StoreUnavailable
 */
export async function listAudit(
  database: Database,
  { tenantId, action, createdAfter, createdBefore, limit, before }: Filter,
): Promise<{ items: AuditEntry[]; more: boolean }> {
  const query = database
    .knex('audit_log')
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (tenantId !== undefined) query.where('tenant_id', tenantId);
  if (action !== undefined) query.where('action', action);
  if (createdAfter !== undefined) query.where('id', '>=', firstAuditEntryIdAt(Date.parse(createdAfter) + 1));
  if (createdBefore !== undefined) query.where('id', '<', firstAuditEntryIdAt(Date.parse(createdBefore)));
  if (before !== null) query.where('id', '<', before);
  const rows: Row[] = await answered(database, () => query);
  return { items: rows.slice(0, limit).map(toEntry), more: rows.length > limit };
}

function toEntry(row: Row): AuditEntry {
  return {
    id: row.id,
    object: 'audit_entry',
    at: row.at.toISOString(),
    actor: { kind: row.actor_kind, id: row.actor_id },
    tenantId: row.tenant_id,
    action: row.action,
    target: row.target,
    remoteAddress: row.remote_address,
    requestId: row.request_id,
    detail: parse<Record<string, unknown>>(row.detail) ?? {},
  };
}
