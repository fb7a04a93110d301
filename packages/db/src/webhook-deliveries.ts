import type {
  CreationId,
  DeliveryAttempt,
  DeliveryId,
  DeliveryListQuery,
  DeliveryStatus,
  DeliveryType,
  TenantId,
  WebhookDelivery,
  WebhookEndpointId,
} from '@roleforge/contracts';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

/** Whose deliveries: all to one endpoint, all that tell of one creation, or all of the tenant's. */
export type DeliveryScope = { endpointId: WebhookEndpointId } | { creationId: CreationId } | { anyOf: 'tenant' };

export type DeliveryRow = {
  tenant_id: TenantId;
  id: DeliveryId;
  endpoint_id: WebhookEndpointId | null;
  creation_id: CreationId | null;
  url: string;
  type: DeliveryType;
  status: DeliveryStatus;
  next_attempt_at: Date | null;
  created_at: Date;
  finished_at: Date | null;
};

/** All that is shown of a delivery; its body is not: it says nothing that the creation does not. */
const SHOWN = [
  'id',
  'endpoint_id',
  'creation_id',
  'url',
  'type',
  'status',
  'next_attempt_at',
  'created_at',
  'finished_at',
] as const satisfies (keyof DeliveryRow)[];

type AttemptRow = {
  delivery_id: DeliveryId;
  number: number;
  at: Date;
  ms: number;
  outcome: DeliveryAttempt['outcome'];
  status_code: number | null;
  detail: string | null;
};

type Page = Pick<DeliveryListQuery, 'limit' | 'status'> & {
  /** Only deliveries older than this one. */
  before: DeliveryId | null;
};

/**
 * Deliveries with their attempts, newest first, and whether there are more. Empty where there is no such endpoint or creation.
 * @throws StoreUnavailable
 */
export async function listDeliveries(
  database: Database,
  tenantId: TenantId,
  scope: DeliveryScope,
  { limit, status, before }: Page,
): Promise<{ items: WebhookDelivery[]; more: boolean }> {
  const query = deliveriesOf(database.knex, tenantId, scope)
    .select(...SHOWN)
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (status !== undefined) query.where('status', status);
  if (before !== null) query.where('id', '<', before);
  const rows: DeliveryRow[] = await answered(database, () => query);
  const items = await answered(database, () => withAttempts(database.knex, tenantId, rows.slice(0, limit)));
  return { items, more: rows.length > limit };
}

/** One delivery with its attempts; null where the endpoint or creation has none under this id. @throws StoreUnavailable */
export async function findDelivery(
  database: Database,
  tenantId: TenantId,
  scope: DeliveryScope,
  id: DeliveryId,
): Promise<WebhookDelivery | null> {
  return answered(database, async () => {
    const row: DeliveryRow | undefined = await deliveriesOf(database.knex, tenantId, scope)
      .where({ id })
      .first(...SHOWN);
    if (row === undefined) return null;
    const [delivery] = await withAttempts(database.knex, tenantId, [row]);
    return delivery ?? null;
  });
}

/** The rows of the deliveries of an endpoint, of a creation, or of the tenant. */
export function deliveriesOf(on: Knex, tenantId: TenantId, scope: DeliveryScope): Knex.QueryBuilder {
  const deliveries = rowsOf(on, tenantId, 'webhook_deliveries');
  if ('anyOf' in scope) return deliveries;
  return 'endpointId' in scope
    ? deliveries.where('endpoint_id', scope.endpointId)
    : deliveries.where('creation_id', scope.creationId);
}

/** The attempts of a whole page are read in one query. */
async function withAttempts(on: Knex, tenantId: TenantId, rows: readonly DeliveryRow[]): Promise<WebhookDelivery[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(row => row.id);
  const attempts: AttemptRow[] = await rowsOf(on, tenantId, 'webhook_attempts')
    .whereIn('delivery_id', ids)
    .orderBy(['delivery_id', 'number']);
  const byDelivery = Map.groupBy(attempts, attempt => attempt.delivery_id);
  return rows.map(row => toDelivery(row, (byDelivery.get(row.id) ?? []).map(toAttempt)));
}

function toAttempt({ number, at, ms, outcome, status_code: statusCode, detail }: AttemptRow): DeliveryAttempt {
  return { number, at: at.toISOString(), ms, outcome, statusCode, detail };
}

export function toDelivery(row: Omit<DeliveryRow, 'tenant_id'>, attempts: DeliveryAttempt[]): WebhookDelivery {
  return {
    id: row.id,
    object: 'webhook_delivery',
    endpointId: row.endpoint_id,
    creationId: row.creation_id,
    url: row.url,
    type: row.type,
    status: row.status,
    attempts,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
