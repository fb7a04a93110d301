import type { DeliveryId, SubmitCreation, TenantId, WebhookEndpointId, WebhookEvent } from '@roleforge/contracts';
import { endEvent, newDeliveryId, receiverOf, TERMINAL_STATES, wantsEvent, webhookBody } from '@roleforge/domain';
import type { Knex } from 'knex';
import { amongCreations, type CreationKey } from './creation-keys.ts';
import { type CreationRow, parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOf, rowsOfAll } from './tenant-rows.ts';

/*
 * The outbox: messages are written in the transaction that ends a creation, so that there is one for each address that wants it
 * exactly where there is an end. Delivering them is another matter, and happens at least once.
 */

type EndedRow = Pick<
  CreationRow,
  'id' | 'tenant_id' | 'traceparent' | 'task_id' | 'role_id' | 'role_version' | 'status'
> & {
  finished_at: Date;
  metadata: string | null;
  webhook: string | null;
  endpoint_id: WebhookEndpointId | null;
  endpoint_url: string | null;
  endpoint_events: string | null;
};

/**
 * Writes the messages that tell of the ends of these creations: one for each of the tenant's enabled endpoints that wants it, and
 * one where the creation itself names an address. To be called in the transaction that has just ended them, by which they are ours.
 * @param now when they ended
 */
export async function recordEnds(trx: Knex, keys: readonly CreationKey[], now: Date): Promise<void> {
  if (keys.length === 0) return;
  const rows: EndedRow[] = await amongCreations(rowsOfAll(trx, 'role_creations'), keys)
    .leftJoin('webhook_endpoints AS e', join =>
      join.on('e.tenant_id', 'role_creations.tenant_id').andOnVal('e.status', 'enabled'),
    )
    .whereIn('role_creations.status', [...TERMINAL_STATES])
    .where(told => told.whereNotNull('e.id').orWhereNotNull('role_creations.webhook'))
    .select(
      'role_creations.id',
      'role_creations.tenant_id',
      'role_creations.traceparent',
      'role_creations.task_id',
      'role_creations.role_id',
      'role_creations.role_version',
      'role_creations.status',
      'role_creations.finished_at',
      'role_creations.metadata',
      'role_creations.webhook',
      { endpoint_id: 'e.id', endpoint_url: 'e.url', endpoint_events: 'e.events' },
    );
  const messages = [...Map.groupBy(rows, row => row.id).values()].flatMap(own => messagesOf(own, now));
  if (messages.length > 0) await rowsOfAll(trx, 'webhook_deliveries').insert(messages);
}

type Address = { endpointId: WebhookEndpointId | null; url: string; events: readonly WebhookEvent[] | null };

/** @param rows of one creation, each with another endpoint or with none */
function messagesOf(rows: readonly EndedRow[], now: Date): object[] {
  const [row] = rows;
  if (row === undefined) return [];
  const addresses = rows.flatMap(
    ({ endpoint_id: endpointId, endpoint_url: url, endpoint_events: events }): Address[] =>
      endpointId === null || url === null ? [] : [{ endpointId, url, events: parse(events) }],
  );
  const named = parse<NonNullable<SubmitCreation['webhook']>>(row.webhook);
  if (named !== null) addresses.push({ endpointId: null, url: named.url, events: named.events ?? null });
  const event = endEvent(row.status);
  const wanted = addresses.filter(({ events }) => wantsEvent(events, event));
  if (wanted.length === 0) return [];
  const body = webhookBody({
    id: row.id,
    taskId: row.task_id,
    roleId: row.role_id,
    roleVersion: row.role_version,
    status: row.status,
    finishedAt: row.finished_at,
    metadata: parse(row.metadata) ?? {},
  });
  return wanted.map(({ endpointId, url }) => ({
    tenant_id: row.tenant_id,
    id: newDeliveryId(now.getTime()),
    endpoint_id: endpointId,
    creation_id: row.id,
    url,
    type: event,
    body,
    traceparent: row.traceparent,
    status: 'pending',
    next_attempt_at: now,
    created_at: now,
  }));
}

/** A message that is to be delivered, to which receiver (see domain/receiver.ts), and when. */
export type PendingDelivery = { tenantId: TenantId; deliveryId: DeliveryId; receiver: string; notBefore: Date };

type PendingRow = {
  tenant_id: TenantId;
  id: DeliveryId;
  endpoint_id: WebhookEndpointId | null;
  url: string;
  next_attempt_at: Date;
};
const PENDING_COLUMNS: (keyof PendingRow)[] = ['tenant_id', 'id', 'endpoint_id', 'url', 'next_attempt_at'];

/** The messages of one creation that are still to be delivered. @throws StoreUnavailable */
export async function listPendingOf(database: Database, { tenantId, id }: CreationKey): Promise<PendingDelivery[]> {
  const rows: PendingRow[] = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'webhook_deliveries')
      .where({ creation_id: id, status: 'pending' })
      .whereNotNull('next_attempt_at')
      .select(PENDING_COLUMNS)
      .orderBy('id'),
  );
  return rows.map(toPending);
}

/**
 * Messages of all tenants that were due at `before`, the longest due first.
 * @param after the last one of the page before
 * @throws StoreUnavailable
 */
export async function listDueDeliveries(
  database: Database,
  { before, after, limit }: { before: Date; after: PendingDelivery | null; limit: number },
): Promise<PendingDelivery[]> {
  const query = rowsOfAll(database.knex, 'webhook_deliveries')
    .where('status', 'pending')
    .where('next_attempt_at', '<=', before)
    .select(PENDING_COLUMNS)
    .orderBy(['next_attempt_at', 'tenant_id', 'id'])
    .limit(limit);
  if (after !== null) {
    const { notBefore: at, tenantId, deliveryId } = after;
    // The first of the two is what the index is entered by.
    query
      .where('next_attempt_at', '>=', at)
      .whereRaw('(next_attempt_at, tenant_id, id) > (?, ?, ?)', [at, tenantId, deliveryId]);
  }
  return (await answered<PendingRow[]>(database, () => query)).map(toPending);
}

function toPending(row: PendingRow): PendingDelivery {
  const { tenant_id: tenantId, id: deliveryId, endpoint_id: endpointId, url, next_attempt_at: notBefore } = row;
  return { tenantId, deliveryId, receiver: receiverOf(tenantId, { endpointId, url }), notBefore };
}
