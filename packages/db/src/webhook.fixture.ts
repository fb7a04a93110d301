import type { DeliveryId, TenantId, WebhookEndpointId, WebhookEvent } from '@roleforge/contracts';
import { newWebhookEndpointId, newWebhookSecret } from '@roleforge/domain';
import { noteSecret } from '@roleforge/testkit';
import type { Database } from './index.ts';
import { rowsOf } from './tenant-rows.ts';

export type EndpointRow = {
  id: WebhookEndpointId;
  tenant_id: TenantId;
  url: string;
  secret: string;
  status: string;
  failing_since: Date | null;
  last_failure: string | null;
  disabled_at: Date | null;
  disabled_reason: string | null;
};

export type DeliveryRow = {
  id: DeliveryId;
  endpoint_id: WebhookEndpointId | null;
  url: string;
  type: string;
  body: string;
  status: string;
  attempts: number;
  next_attempt_at: Date | null;
  finished_at: Date | null;
};

/** An endpoint as its owner's call leaves it. */
export async function anEndpoint(
  database: Database,
  tenantId: TenantId,
  given: { url?: string; events?: WebhookEvent[]; enabled?: boolean } = {},
): Promise<EndpointRow> {
  const id = newWebhookEndpointId();
  const at = new Date('2031-05-01T00:00:00.000Z');
  await rowsOf(database.knex, tenantId, 'webhook_endpoints').insert({
    tenant_id: tenantId,
    id,
    url: given.url ?? 'https://example.com/hooks',
    events: JSON.stringify(given.events ?? null),
    secret: noteSecret(newWebhookSecret()),
    status: given.enabled === false ? 'disabled' : 'enabled',
    created_at: at,
    updated_at: at,
  });
  return endpointRow(database, tenantId, id);
}

export function endpointRow(database: Database, tenantId: TenantId, id: WebhookEndpointId): Promise<EndpointRow> {
  return rowsOf(database.knex, tenantId, 'webhook_endpoints').where('id', id).first();
}

/** A tenant's messages, in the order in which they were made. */
export function deliveryRows(database: Database, tenantId: TenantId): Promise<DeliveryRow[]> {
  return rowsOf(database.knex, tenantId, 'webhook_deliveries').orderBy('id');
}
