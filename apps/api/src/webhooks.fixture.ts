import type { DeliveryId, WebhookEndpointId, WebhookEndpointWithSecret } from '@roleforge/contracts';
import { type Database, findPrincipal, rowsOf } from '@roleforge/db';
import { hashesOf, newDeliveryId } from '@roleforge/domain';
import type { TestClient } from './api.fixture.ts';

export const HOOKS = 'https://hooks.example.com/roleforge';

/** Adds an endpoint as its tenant would. */
export async function anEndpoint(client: TestClient, body: object = {}): Promise<WebhookEndpointWithSecret> {
  const response = await client.send('POST', '/v1/webhook-endpoints', { url: HOOKS, ...body });
  if (response.status !== 201) throw new Error(`refused with ${response.status}: ${await response.text()}`);
  return (await response.json()) as WebhookEndpointWithSecret;
}

/** The tenant that a client calls for. */
export async function tenantOf(database: Database, { apiKey }: TestClient) {
  const found = await findPrincipal(database, hashesOf(apiKey, []), new Date());
  if (found === null) throw new Error('The key of this client is not known.');
  return found.principal.tenantId;
}

type Given = {
  endpointId?: WebhookEndpointId | null;
  creationId?: string | null;
  status?: string;
  /** When it was made. */
  at?: Date;
  /** The statuses that it was answered with, one for each attempt. */
  answers?: readonly number[];
};

/** Puts a delivery into the outbox, with the attempts that workers have made at it. */
export async function aDelivery(
  database: Database,
  client: TestClient,
  { endpointId = null, creationId = null, status = 'failed', at = new Date(), answers = [] }: Given,
): Promise<DeliveryId> {
  const { knex } = database;
  const tenantId = await tenantOf(database, client);
  const id = newDeliveryId(at.getTime());
  await knex('webhook_deliveries').insert({
    tenant_id: tenantId,
    id,
    endpoint_id: endpointId,
    creation_id: creationId,
    url: HOOKS,
    type: 'role_creation.succeeded',
    body: '{}',
    status,
    attempts: answers.length,
    attempt_epoch: answers.length,
    next_attempt_at: status === 'pending' ? new Date(at.getTime() + 3_600_000) : null,
    created_at: at,
    finished_at: status === 'pending' ? null : at,
  });
  for (const [index, statusCode] of answers.entries())
    await knex('webhook_attempts').insert({
      tenant_id: tenantId,
      delivery_id: id,
      number: index + 1,
      at,
      ms: 12,
      outcome: statusCode < 300 ? 'delivered' : 'refused',
      status_code: statusCode,
      detail: null,
    });
  return id;
}

/** The row of a delivery, as workers see it. */
export async function rowOf(database: Database, client: TestClient, id: DeliveryId) {
  const tenantId = await tenantOf(database, client);
  return rowsOf(database.knex, tenantId, 'webhook_deliveries').where({ id }).first();
}
