import {
  type ChangeTenant,
  type CreateTenant,
  isBurstAlone,
  type TenantId,
  type TenantLimits,
  type TenantStatus,
} from '@roleforge/contracts';
import { BurstAlone, type Doer, newTenantId } from '@roleforge/domain';
import type { Knex } from 'knex';
import { issueApiKey } from './api-key-store.ts';
import { noteDeed } from './audit-log.ts';
import { answered, type Database } from './database.ts';
import { TENANT_COLUMNS, type TenantRecord, type TenantRow, toTenantRecord } from './tenant-store.ts';

/*
 * What the operator does with tenants. Each change and its entry in the audit log are one transaction; a call that finds things as
 * they are to be changes nothing and leaves no entry.
 */

/**
 * Makes a tenant with a first key that has all scopes, both or neither. The key is nowhere else to be had from then on.
 * @param pepper what the key is hashed with; null where none is configured
 * @throws StoreUnavailable
 */
export async function createTenant(
  database: Database,
  doer: Doer,
  { name, weight, limits }: CreateTenant,
  { pepper, now }: { pepper: string | null; now: Date },
): Promise<{ tenant: TenantRecord; apiKey: string }> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const id = newTenantId();
      await trx('tenants').insert({ id, name, weight, limits: JSON.stringify(limits), created_at: now });
      const { key: apiKey, record } = await issueApiKey(trx, { tenantId: id }, { pepper, now });
      const tenant = await readTenant(trx, id);
      if (tenant === null) throw new Error(`${id} was added, and is not there.`);
      const detail = { name, weight: tenant.weight, limits };
      await noteDeed(trx, doer, { action: 'tenant.created', tenantId: id, target: id, detail }, now);
      const ofKey = { name: record.name, scopes: record.scopes, expiresAt: record.expiresAt };
      await noteDeed(trx, doer, { action: 'key.issued', tenantId: id, target: record.id, detail: ofKey }, now);
      return { tenant, apiKey };
    }),
  );
}

/**
 * Changes what is named and leaves the rest: of the limits, each one that is named; one that is null is lifted. The row is locked
 * from the look at it, so that of two changes at the same moment both hold. Null where there is no such tenant.
 * @throws StoreUnavailable, and BurstAlone where it names one of the two limits of requests and leaves a burst alone
 */
export async function changeTenant(
  database: Database,
  doer: Doer,
  id: TenantId,
  change: ChangeTenant,
  now: Date,
): Promise<{ tenant: TenantRecord; changed: boolean } | null> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const before = await readTenant(trx, id, { lock: true });
      if (before === null) return null;
      const named = change.limits ?? {};
      const limits = merged(before.limits, named);
      // What an earlier release let be set so is in nobody's way who changes something else.
      if (('burst' in named || 'requestsPerSecond' in named) && isBurstAlone({ limits }))
        throw new BurstAlone('A burst limits nothing without requestsPerSecond.');
      await trx('tenants')
        .where({ id })
        .update({
          name: change.name ?? before.name,
          weight: change.weight ?? before.weight,
          limits: JSON.stringify(limits),
        });
      const tenant = await readTenant(trx, id);
      if (tenant === null) throw new Error(`${id} was changed, and is not there.`);
      const detail = differenceOf(before, tenant);
      const changed = Object.keys(detail.after).length > 0;
      if (changed) await noteDeed(trx, doer, { action: 'tenant.changed', tenantId: id, target: id, detail }, now);
      return { tenant, changed };
    }),
  );
}

/** Suspends a tenant, or lets it go on. `changed` is false where it was so before. Null where there is none. @throws StoreUnavailable */
export async function setTenantSuspended(
  database: Database,
  doer: Doer,
  id: TenantId,
  suspended: boolean,
  now: Date,
): Promise<{ tenant: TenantRecord; changed: boolean } | null> {
  const status: TenantStatus = suspended ? 'suspended' : 'active';
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const before = await readTenant(trx, id, { lock: true });
      if (before === null) return null;
      if (before.status === status) return { tenant: before, changed: false };
      await trx('tenants').where({ id }).update({ status });
      const action = suspended ? 'tenant.suspended' : 'tenant.resumed';
      const detail = { before: { status: before.status }, after: { status } };
      await noteDeed(trx, doer, { action, tenantId: id, target: id, detail }, now);
      return { tenant: { ...before, status }, changed: true };
    }),
  );
}

async function readTenant(trx: Knex, id: TenantId, { lock = false } = {}): Promise<TenantRecord | null> {
  const query = trx('tenants')
    .where({ id })
    .first(...TENANT_COLUMNS);
  const row: TenantRow | undefined = await (lock ? query.forUpdate() : query);
  return row === undefined ? null : toTenantRecord(row);
}

function merged(limits: TenantLimits, change: NonNullable<ChangeTenant['limits']>): TenantLimits {
  const named = Object.entries({ ...limits, ...change });
  return Object.fromEntries(named.filter(([, limit]) => limit !== null && limit !== undefined));
}

type Fields = Record<string, unknown>;

/** The fields that differ, each limit for itself; a limit that is not set is null. */
function differenceOf(before: TenantRecord, after: TenantRecord): { before: Fields; after: Fields } {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])];
  const differing = names.filter(name => old[name] !== young[name]);
  const only = (fields: Fields) => Object.fromEntries(differing.map(name => [name, fields[name] ?? null]));
  return { before: only(old), after: only(young) };
}

function fieldsOf({ name, weight, limits }: TenantRecord): Fields {
  const ofLimits = Object.entries(limits).map(([limit, value]) => [`limits.${limit}`, value]);
  return { name, weight, ...Object.fromEntries(ofLimits) };
}
