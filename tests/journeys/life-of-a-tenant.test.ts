import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type AuditEntry,
  type CreatedTenant,
  type Creation,
  type IssuedApiKey,
  WebhookBody,
  type WebhookEndpointWithSecret,
} from '@roleforge/contracts';
import { noteSecret, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import { createApiClient } from '../../apps/launcher/src/demo/api-client.ts';
import { readDemoTasks, storeSources } from '../../apps/launcher/src/demo/demo-tasks.ts';
import { beginJourney, callerOf, type Journey, until } from './journey.fixture.ts';

let journey: Journey;
const receivers: WebhookReceiver[] = [];
beforeEach(async () => {
  journey = await beginJourney();
  await journey.startWorker();
});
afterEach(async () => {
  await journey.close();
  await Promise.all(receivers.splice(0).map(receiver => receiver.close()));
});

test('a tenant is made, makes a role, is told of it, changes its key, is suspended and let go on; all of it is on record', async () => {
  const operator = callerOf(journey, journey.adminKey);
  const tenant = await operator.call<CreatedTenant>('POST', '/admin/v1/tenants', {
    name: 'Hillside Tea',
    weight: 2,
    limits: { requestsPerSecond: 100, running: 5 },
  });
  const ofTenant = `/admin/v1/tenants/${tenant.id}`;
  const owner = callerOf(journey, noteSecret(tenant.apiKey));

  // The web shop may submit and look, and no more.
  const shopKey = await owner.call<IssuedApiKey>('POST', '/v1/api-keys', {
    name: 'web shop',
    scopes: ['creations:write', 'creations:read'],
  });
  const shop = callerOf(journey, noteSecret(shopKey.apiKey));
  expect(await shop.status('GET', '/v1/api-keys')).toBe(403);
  expect(await shop.status('GET', '/admin/v1/tenants')).toBe(401);

  const made = { url: 'http://127.0.0.1:9/', events: ['role_creation.succeeded'] };
  const endpoint = await owner.call<WebhookEndpointWithSecret>('POST', '/v1/webhook-endpoints', made);
  const receiver = await startWebhookReceiver({ secret: noteSecret(endpoint.secret) });
  receivers.push(receiver);
  await owner.call('PATCH', `/v1/webhook-endpoints/${endpoint.id}`, { url: receiver.url });

  const [task] = readDemoTasks();
  if (task === undefined) throw new Error('The demo has no tasks.');
  await storeSources(createApiClient(journey.url, tenant.apiKey), task);
  const creation = await shop.call<Creation>('POST', '/v1/role-creations', { taskId: task.taskId });
  const told = await receiver.next();
  expect(told.verified).toBe(true);
  expect(WebhookBody.parse(JSON.parse(told.body))).toMatchObject({
    type: 'role_creation.succeeded',
    data: { id: creation.id },
  });

  const newKey = await owner.call<IssuedApiKey>('POST', `/v1/api-keys/${shopKey.id}/rotate`, { overlapSeconds: 3_600 });
  const newShop = callerOf(journey, noteSecret(newKey.apiKey));
  expect(await Promise.all([shop, newShop].map(each => each.status('GET', creation.links.self)))).toEqual([200, 200]);
  await owner.call('DELETE', `/v1/api-keys/${shopKey.id}`);
  await until(async () => (await shop.status('GET', creation.links.self)) === 401);
  expect(await newShop.status('GET', creation.links.self)).toBe(200);

  await operator.call('POST', '/admin/v1/system/pause');
  const waiting = await newShop.call<Creation>('POST', '/v1/role-creations', { taskId: task.taskId });
  await operator.call('POST', `${ofTenant}/suspend`);
  await until(async () => (await newShop.status('GET', waiting.links.self)) === 403);
  await operator.call('POST', '/admin/v1/system/resume');
  await operator.call('POST', `${ofTenant}/resume`);
  expect(await receiver.next()).toMatchObject({ verified: true });
  await until(async () => (await newShop.status('GET', waiting.links.self)) === 200);
  expect(await newShop.call('GET', waiting.links.self)).toMatchObject({ status: 'succeeded' });

  const entries = await operator.call<{ items: AuditEntry[] }>('GET', `/admin/v1/audit?tenantId=${tenant.id}`);
  expect(entries.items.map(({ action, actor }) => [action, actor.kind]).toReversed()).toEqual([
    ['tenant.created', 'operator'],
    ['key.issued', 'operator'],
    ['key.issued', 'api_key'],
    ['webhook_endpoint.created', 'api_key'],
    ['webhook_endpoint.changed', 'api_key'],
    ['key.rotated', 'api_key'],
    ['key.revoked', 'api_key'],
    ['tenant.suspended', 'operator'],
    ['tenant.resumed', 'operator'],
  ]);
}, 60_000);
