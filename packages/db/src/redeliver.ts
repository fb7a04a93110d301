import {
  type DeliveryId,
  type DeliveryStatus,
  TEST_EVENT,
  type TenantId,
  type TestWebhookBody,
  type WebhookDelivery,
  type WebhookEndpointId,
} from '@roleforge/contracts';
import { firstDeliveryIdAt, newDeliveryId } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';
import { type DeliveryRow, type DeliveryScope, deliveriesOf, findDelivery, toDelivery } from './webhook-deliveries.ts';
import type { EndpointRow } from './webhook-endpoint-rows.ts';

/** Why nothing is sent: there is no such thing; or its endpoint is disabled, or has been deleted. */
export type NotSent = 'unknown' | 'endpoint_disabled' | 'endpoint_deleted';

/**
 * Has a delivery sent again, under its own id, to where its endpoint is now: at once, and then by a schedule that begins anew. Its
 * attempts stay, and the numbers of further ones follow theirs. One that still waits for an attempt gets it at once.
 * @throws StoreUnavailable
 */
export async function redeliver(
  database: Database,
  tenantId: TenantId,
  scope: DeliveryScope,
  id: DeliveryId,
  now: Date,
): Promise<WebhookDelivery | NotSent> {
  const refusal = await answered(database, () =>
    database.knex.transaction(async (trx): Promise<NotSent | null> => {
      const row: DeliveryRow | undefined = await deliveriesOf(trx, tenantId, scope)
        .where({ id })
        .first('id', 'endpoint_id', 'url');
      if (row === undefined) return 'unknown';
      const target = row.endpoint_id === null ? row : await openEndpoint(trx, tenantId, row.endpoint_id);
      if (typeof target === 'string') return target === 'unknown' ? 'endpoint_deleted' : target;
      await rowsOf(trx, tenantId, 'webhook_deliveries')
        .where({ id })
        .update(anew(trx, target.url, now));
      return null;
    }),
  );
  return refusal ?? (await findDelivery(database, tenantId, scope, id)) ?? 'unknown';
}

/** Which deliveries of an endpoint: made at `since` or later, or after the one that was the last of the page before. */
export type RedeliverPage = {
  endpointId: WebhookEndpointId;
  since: Date;
  status: DeliveryStatus;
  after: DeliveryId | null;
};

/** So many are changed by one statement, which holds its locks for some tens of milliseconds; and so many by one call. */
const AT_ONCE = 500;
const MOST_AT_A_CALL = 5_000;

/**
 * Has deliveries of an endpoint sent again as `redeliver` does, the oldest first. All that it returns are committed: what a call does
 * not come to is left to the next, from `next` on, which is null where nothing is left. @throws StoreUnavailable
 */
export async function redeliverSince(
  database: Database,
  tenantId: TenantId,
  { endpointId, since, status, after }: RedeliverPage,
  now: Date,
): Promise<{ ids: DeliveryId[]; next: DeliveryId | null } | NotSent> {
  const matched: DeliveryId[] = [];
  let last = after;
  while (matched.length < MOST_AT_A_CALL) {
    const page = await answered(database, () =>
      database.knex.transaction(async (trx): Promise<DeliveryId[] | NotSent> => {
        const endpoint = await openEndpoint(trx, tenantId, endpointId);
        if (typeof endpoint === 'string') return endpoint;
        const deliveries = deliveriesOf(trx, tenantId, { endpointId }).where({ status });
        if (last === null) deliveries.where('id', '>=', firstDeliveryIdAt(since.getTime()));
        else deliveries.where('id', '>', last);
        const ids: DeliveryId[] = await deliveries.orderBy('id').limit(AT_ONCE).pluck('id');
        const rows = rowsOf(trx, tenantId, 'webhook_deliveries').whereIn('id', ids).where({ status });
        if (ids.length > 0) await rows.update(anew(trx, endpoint.url, now));
        return ids;
      }),
    );
    // One that was disabled on the way has got what it has got.
    if (typeof page === 'string') return matched.length === 0 ? page : { ids: matched, next: null };
    matched.push(...page);
    last = page.at(-1) ?? last;
    if (page.length < AT_ONCE) return { ids: matched, next: null };
  }
  return { ids: matched, next: last };
}

/** Makes a delivery by which an endpoint is tried. @throws StoreUnavailable */
export async function addTestDelivery(
  database: Database,
  tenantId: TenantId,
  endpointId: WebhookEndpointId,
  now: Date,
): Promise<WebhookDelivery | NotSent> {
  return answered(database, () =>
    database.knex.transaction(async (trx): Promise<WebhookDelivery | NotSent> => {
      const endpoint = await openEndpoint(trx, tenantId, endpointId);
      if (typeof endpoint === 'string') return endpoint;
      const body: TestWebhookBody = { type: TEST_EVENT, timestamp: now.toISOString(), data: { endpointId } };
      const row: DeliveryRow = {
        tenant_id: tenantId,
        id: newDeliveryId(now.getTime()),
        endpoint_id: endpointId,
        creation_id: null,
        url: endpoint.url,
        type: TEST_EVENT,
        status: 'pending',
        next_attempt_at: now,
        created_at: now,
        finished_at: null,
      };
      await addRows(trx, tenantId, 'webhook_deliveries', { ...row, body: JSON.stringify(body) });
      return toDelivery(row, []);
    }),
  );
}

/** What a delivery that is to be sent again is set to. A try that is being made has been asked for before, and counts no more. */
function anew(on: Knex, url: string, now: Date): Record<string, unknown> {
  return {
    url,
    status: 'pending',
    attempts_before: on.ref('attempts'),
    attempt_epoch: on.raw('attempt_epoch + 1'),
    next_attempt_at: now,
    finished_at: null,
  };
}

/**
 * An endpoint that may be sent to. It is not locked, since workers lock a delivery before its endpoint: whoever disables or deletes it
 * at this moment is noticed by the worker, which then gives the delivery up.
 */
async function openEndpoint(
  trx: Knex,
  tenantId: TenantId,
  id: WebhookEndpointId,
): Promise<Pick<EndpointRow, 'url'> | 'unknown' | 'endpoint_disabled'> {
  const row: Pick<EndpointRow, 'url' | 'status'> | undefined = await rowsOf(trx, tenantId, 'webhook_endpoints')
    .where({ id })
    .first('url', 'status');
  if (row === undefined) return 'unknown';
  return row.status === 'enabled' ? row : 'endpoint_disabled';
}
