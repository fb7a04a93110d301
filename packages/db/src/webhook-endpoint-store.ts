import {
  type ChangeWebhookEndpoint,
  type CreateWebhookEndpoint,
  MOST_WEBHOOK_ENDPOINTS,
  type TenantId,
  type WebhookEndpoint,
  type WebhookEndpointId,
  type WebhookEndpointWithSecret,
} from '@roleforge/contracts';
import { type Doer, newWebhookEndpointId, newWebhookSecret } from '@roleforge/domain';
import type { Knex } from 'knex';
import { noteDeed } from './audit-log.ts';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';
import { type EndpointRow, SHOWN_OF_ENDPOINTS, toWebhookEndpoint } from './webhook-endpoint-rows.ts';

/** Who changes an endpoint, and when: every change leaves an entry in the audit log, in its own transaction. */
export type EndpointDeed = { doer: Doer; now: Date };

/**
 * Makes an endpoint with a secret of its own, and returns it with that. Null where the tenant has `MOST_WEBHOOK_ENDPOINTS` already.
 * @throws StoreUnavailable
 */
export async function createWebhookEndpoint(
  database: Database,
  tenantId: TenantId,
  { url, events, description }: CreateWebhookEndpoint,
  { doer, now }: EndpointDeed,
): Promise<WebhookEndpointWithSecret | null> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      // Whoever makes one of the same tenant's waits here, so that two do not both become the last.
      await trx('tenants').where('id', tenantId).forUpdate().first('id');
      const held = await rowsOf(trx, tenantId, 'webhook_endpoints').count({ count: '*' }).first();
      if (Number(held?.count) >= MOST_WEBHOOK_ENDPOINTS) return null;
      const row: EndpointRow = {
        tenant_id: tenantId,
        id: newWebhookEndpointId(),
        url,
        description: description ?? null,
        events: JSON.stringify(events ?? null),
        secret: newWebhookSecret(),
        old_secret: null,
        old_secret_until: null,
        status: 'enabled',
        disabled_at: null,
        disabled_reason: null,
        failing_since: null,
        last_failure: null,
        created_at: now,
        updated_at: now,
      };
      await addRows(trx, tenantId, 'webhook_endpoints', row);
      const deed = { action: 'webhook_endpoint.created', tenantId, target: row.id, detail: { url } } as const;
      await noteDeed(trx, doer, deed, now);
      return { ...toWebhookEndpoint(row, now), secret: row.secret };
    }),
  );
}

/** All endpoints of a tenant, in the order in which they were made. @throws StoreUnavailable */
export async function listWebhookEndpoints(
  database: Database,
  tenantId: TenantId,
  now: Date,
): Promise<WebhookEndpoint[]> {
  const rows: EndpointRow[] = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'webhook_endpoints')
      .select(...SHOWN_OF_ENDPOINTS)
      .orderBy(['created_at', 'id']),
  );
  return rows.map(row => toWebhookEndpoint(row, now));
}

/** Null where the tenant has none under this id. @throws StoreUnavailable */
export async function findWebhookEndpoint(
  database: Database,
  tenantId: TenantId,
  id: WebhookEndpointId,
  now: Date,
): Promise<WebhookEndpoint | null> {
  const row: EndpointRow | undefined = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'webhook_endpoints')
      .where({ id })
      .first(...SHOWN_OF_ENDPOINTS),
  );
  return row === undefined ? null : toWebhookEndpoint(row, now);
}

/**
 * Changes what is given of an endpoint. One that is enabled again, or is somewhere else from now on, begins without its failures.
 * Null where the tenant has none under this id. @throws StoreUnavailable
 */
export async function changeWebhookEndpoint(
  database: Database,
  tenantId: TenantId,
  id: WebhookEndpointId,
  change: ChangeWebhookEndpoint,
  { doer, now }: EndpointDeed,
): Promise<WebhookEndpoint | null> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const before = await lockedEndpoint(trx, tenantId, id);
      if (before === null) return null;
      const after: EndpointRow = { ...before, ...changesOf(before, change, now), updated_at: now };
      await rowsOf(trx, tenantId, 'webhook_endpoints').where({ id }).update(after);
      const detail = { url: after.url, changed: Object.keys(change), status: after.status };
      await noteDeed(trx, doer, { action: 'webhook_endpoint.changed', tenantId, target: id, detail }, now);
      return toWebhookEndpoint(after, now);
    }),
  );
}

const NO_FAILURES = { failing_since: null, last_failure: null };

function changesOf(
  before: EndpointRow,
  { url, events, description, enabled }: ChangeWebhookEndpoint,
  now: Date,
): Partial<EndpointRow> {
  const switched = enabled !== undefined && enabled !== (before.status === 'enabled');
  return {
    ...(url === undefined || url === before.url ? {} : { url, ...NO_FAILURES }),
    ...(events === undefined ? {} : { events: JSON.stringify(events) }),
    ...(description === undefined ? {} : { description }),
    ...(switched && enabled ? { status: 'enabled', disabled_at: null, disabled_reason: null, ...NO_FAILURES } : {}),
    ...(switched && !enabled ? { status: 'disabled', disabled_at: now, disabled_reason: null } : {}),
  };
}

/**
 * Puts a new secret in the old one's place, which signs along for `overlapMs` milliseconds; one from before that ends now. Null where
 * the tenant has no endpoint under this id. @throws StoreUnavailable
 */
export async function rotateEndpointSecret(
  database: Database,
  tenantId: TenantId,
  id: WebhookEndpointId,
  overlapMs: number,
  { doer, now }: EndpointDeed,
): Promise<WebhookEndpointWithSecret | null> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const before = await lockedEndpoint(trx, tenantId, id);
      if (before === null) return null;
      const until = overlapMs > 0 ? new Date(now.getTime() + overlapMs) : null;
      const changes = {
        secret: newWebhookSecret(),
        old_secret: until === null ? null : before.secret,
        old_secret_until: until,
        updated_at: now,
      };
      await rowsOf(trx, tenantId, 'webhook_endpoints').where({ id }).update(changes);
      const detail = { url: before.url, oldSecretUntil: until?.toISOString() ?? null };
      await noteDeed(trx, doer, { action: 'webhook_secret.rotated', tenantId, target: id, detail }, now);
      return { ...toWebhookEndpoint({ ...before, ...changes }, now), secret: changes.secret };
    }),
  );
}

/** So many deliveries are given up in one statement. */
const GIVEN_UP_AT_ONCE = 500;

/**
 * Deletes an endpoint. What was still to be delivered to it is given up; its deliveries stay to be read below the creations that they
 * tell of, for as long as deliveries are kept. False where the tenant has none under this id. @throws StoreUnavailable
 */
export async function removeWebhookEndpoint(
  database: Database,
  tenantId: TenantId,
  id: WebhookEndpointId,
  { doer, now }: EndpointDeed,
): Promise<boolean> {
  const { knex } = database;
  const removed = await answered(database, () =>
    knex.transaction(async trx => {
      const before = await lockedEndpoint(trx, tenantId, id);
      if (before === null) return false;
      await rowsOf(trx, tenantId, 'webhook_endpoints').where({ id }).delete();
      const detail = { url: before.url };
      await noteDeed(trx, doer, { action: 'webhook_endpoint.deleted', tenantId, target: id, detail }, now);
      return true;
    }),
  );
  if (!removed) return false;
  // Where this is broken off, the worker that comes to such a delivery finds no endpoint, and gives it up.
  const pending = () => rowsOf(knex, tenantId, 'webhook_deliveries').where({ endpoint_id: id, status: 'pending' });
  for (;;) {
    const ids: string[] = await answered(database, () => pending().limit(GIVEN_UP_AT_ONCE).pluck('id'));
    const givenUp = { status: 'failed', next_attempt_at: null, finished_at: now };
    if (ids.length > 0) await answered(database, () => pending().whereIn('id', ids).update(givenUp));
    if (ids.length < GIVEN_UP_AT_ONCE) return true;
  }
}

async function lockedEndpoint(trx: Knex, tenantId: TenantId, id: WebhookEndpointId): Promise<EndpointRow | null> {
  const row: EndpointRow | undefined = await rowsOf(trx, tenantId, 'webhook_endpoints')
    .where({ id })
    .forUpdate()
    .first();
  return row ?? null;
}
