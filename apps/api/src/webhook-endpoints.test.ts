import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MOST_WEBHOOK_ENDPOINTS, type WebhookEndpoint, type WebhookEndpointWithSecret } from '@roleforge/contracts';
import { issueApiKey, rowsOf } from '@roleforge/db';
import { newDeliveryId, newWebhookEndpointId } from '@roleforge/domain';
import { createLogger } from '@roleforge/telemetry';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { aDelivery, anEndpoint, HOOKS, rowOf, tenantOf } from './webhooks.fixture.ts';

const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

let api: TestApi;
let client: TestClient;
let logged = '';
beforeAll(async () => {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  api = await startTestApi({}, createLogger({ service: 'api', level: 'debug', format: 'json', destination }));
});
beforeEach(async () => {
  client = await api.newClient();
});
afterAll(() => api.stop());

const pathOf = ({ id }: { id: string }) => `/v1/webhook-endpoints/${id}`;
async function read(endpoint: { id: string }): Promise<WebhookEndpoint> {
  return (await (await client.send('GET', pathOf(endpoint))).json()) as WebhookEndpoint;
}
async function deeds() {
  const tenantId = await tenantOf(api.database, client);
  const rows = await api.database.knex('audit_log').where('tenant_id', tenantId).orderBy('id');
  return rows.map(({ action, target, detail, actor_kind: by }) => ({ action, target, by, detail: JSON.parse(detail) }));
}

describe('an endpoint', () => {
  test('is made, read, listed, changed and deleted', async () => {
    const made = await client.send('POST', '/v1/webhook-endpoints', { url: HOOKS, events: ['role_creation.failed'] });
    const { secret, ...shown } = (await made.json()) as WebhookEndpointWithSecret;
    expect([made.status, made.headers.get('location')]).toEqual([201, pathOf(shown)]);
    expect(shown).toMatchObject({
      object: 'webhook_endpoint',
      url: HOOKS,
      description: null,
      events: ['role_creation.failed'],
      status: 'enabled',
      oldSecretUntil: null,
    });
    expect(secret).toMatch(SECRET);
    expect(await read(shown)).toEqual(shown);
    const second = await anEndpoint(client, { description: 'The other' });
    const list = await (await client.send('GET', '/v1/webhook-endpoints')).json();
    expect(list).toMatchObject({ items: [{ id: shown.id }, { id: second.id, events: null }], nextCursor: null });

    const url = 'https://elsewhere.example.com/hooks';
    const changed = await client.send('PATCH', pathOf(shown), { url, events: null, description: 'Moved' });
    expect([changed.status, await changed.json()]).toEqual([
      200,
      { ...shown, url, events: null, description: 'Moved', updatedAt: expect.any(String) },
    ]);
    expect((await client.send('DELETE', pathOf(shown))).status).toBe(204);
    expect((await client.send('DELETE', pathOf(shown))).status).toBe(404);
    expect((await client.send('GET', pathOf(shown))).status).toBe(404);
  });

  test('is disabled and enabled by its owner, and then begins without its failures', async () => {
    const endpoint = await anEndpoint(client);
    const off = (await (await client.send('PATCH', pathOf(endpoint), { enabled: false })).json()) as WebhookEndpoint;
    expect(off).toMatchObject({ status: 'disabled', disabledAt: expect.any(String), disabledReason: null });

    const failing = {
      disabled_reason: 'It answered 410.',
      failing_since: new Date('2031-01-01T00:00:00Z'),
      last_failure: 'HTTP 500',
    };
    const tenantId = await tenantOf(api.database, client);
    await rowsOf(api.database.knex, tenantId, 'webhook_endpoints').where('id', endpoint.id).update(failing);
    expect(await read(endpoint)).toMatchObject({
      disabledReason: 'It answered 410.',
      failingSince: '2031-01-01T00:00:00.000Z',
      lastFailure: 'HTTP 500',
    });
    expect(await (await client.send('PATCH', pathOf(endpoint), { enabled: true })).json()).toMatchObject({
      status: 'enabled',
      disabledAt: null,
      disabledReason: null,
      failingSince: null,
      lastFailure: null,
    });
  });

  test('cannot be somewhere that nothing may be sent to', async () => {
    const refused = { status: 422, code: 'address_not_allowed', errors: [{ pointer: '/url' }] };
    const endpoint = await anEndpoint(client);
    for (const url of [
      'http://example.com/',
      'https://user:word@example.com/',
      'https://127.0.0.1/',
      'https://[::1]/',
    ]) {
      expect(await problemOf(await client.send('POST', '/v1/webhook-endpoints', { url }))).toMatchObject(refused);
      expect(await problemOf(await client.send('PATCH', pathOf(endpoint), { url }))).toMatchObject(refused);
    }
    expect(await read(endpoint)).toMatchObject({ url: HOOKS });
    expect(await problemOf(await client.send('POST', '/v1/webhook-endpoints', { url: 'ftp://a.test/' }))).toMatchObject(
      {
        status: 400,
        errors: [{ pointer: '/url' }],
      },
    );
  });

  test('is one of so many: the next is refused until one is deleted, also where several are asked for at once', async () => {
    const all = Array.from({ length: MOST_WEBHOOK_ENDPOINTS + 3 }, () =>
      client.send('POST', '/v1/webhook-endpoints', { url: HOOKS }),
    );
    const statuses = (await Promise.all(all)).map(response => response.status);
    expect(statuses.filter(status => status === 201)).toHaveLength(MOST_WEBHOOK_ENDPOINTS);
    expect(statuses.filter(status => status === 409)).toHaveLength(3);
    const { items } = (await (await client.send('GET', '/v1/webhook-endpoints')).json()) as { items: { id: string }[] };
    expect((await client.send('DELETE', pathOf(items[0] as { id: string }))).status).toBe(204);
    expect((await client.send('POST', '/v1/webhook-endpoints', { url: HOOKS })).status).toBe(201);
  });

  test('that is deleted gives up what was to be delivered to it, and leaves the rest to be read below its creation', async () => {
    const endpoint = await anEndpoint(client);
    const creation = await client.submit({ taskId: 'a' });
    const [endpointId, creationId] = [endpoint.id, creation.id];
    const done = await aDelivery(api.database, client, { endpointId, creationId, status: 'delivered', answers: [200] });
    const waits = await aDelivery(api.database, client, { endpointId, creationId, status: 'pending', answers: [500] });
    expect((await client.send('DELETE', pathOf(endpoint))).status).toBe(204);
    expect(await rowOf(api.database, client, waits)).toMatchObject({ status: 'failed', next_attempt_at: null });
    expect((await client.send('GET', `${pathOf(endpoint)}/deliveries`)).status).toBe(404);
    expect((await client.send('GET', `${pathOf(endpoint)}/deliveries/${done}`)).status).toBe(404);
    expect((await client.send('POST', `${pathOf(endpoint)}/deliveries/${done}/redeliver`)).status).toBe(404);
    const list = await client.send('GET', creation.links.deliveries ?? '');
    expect(await list.json()).toMatchObject({ items: [{ id: waits, status: 'failed' }, { id: done }] });
    const again = await client.send('POST', `${creation.links.deliveries}/${done}/redeliver`);
    expect(await problemOf(again)).toMatchObject({ code: 'conflict' });
  });
});

describe('the secret of an endpoint', () => {
  test('is replaced, and the old one signs along for as long as was asked for', async () => {
    const endpoint = await anEndpoint(client);
    const tenantId = await tenantOf(api.database, client);
    const row = () => rowsOf(api.database.knex, tenantId, 'webhook_endpoints').where('id', endpoint.id).first();
    const rotate = async (body?: object) =>
      (await (
        await client.send('POST', `${pathOf(endpoint)}/rotate-secret`, body)
      ).json()) as WebhookEndpointWithSecret;

    const asked = Date.now();
    const next = await rotate({ overlapSeconds: 60 });
    expect(next.secret).toMatch(SECRET);
    expect(next.secret).not.toBe(endpoint.secret);
    expect(await row()).toMatchObject({ secret: next.secret, old_secret: endpoint.secret });
    expect(Date.parse(next.oldSecretUntil ?? '') - asked).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(next.oldSecretUntil ?? '') - Date.now()).toBeLessThanOrEqual(60_000);
    expect(await read(endpoint)).toMatchObject({ oldSecretUntil: next.oldSecretUntil });

    const byDefault = await rotate();
    expect(Date.parse(byDefault.oldSecretUntil ?? '') - asked).toBeGreaterThanOrEqual(86_400_000);
    expect(await row()).toMatchObject({ secret: byDefault.secret, old_secret: next.secret });

    const atOnce = await rotate({ overlapSeconds: 0 });
    expect(atOnce.oldSecretUntil).toBeNull();
    expect(await row()).toMatchObject({ secret: atOnce.secret, old_secret: null, old_secret_until: null });
  });

  test('is shown when it is made and when it is replaced, and nowhere else', async () => {
    const endpoint = await anEndpoint(client);
    const replaced = await client.send('POST', `${pathOf(endpoint)}/rotate-secret`, {});
    expect(replaced.headers.get('cache-control')).toBe('no-store');
    const { secret } = (await replaced.json()) as WebhookEndpointWithSecret;
    await client.send('PATCH', pathOf(endpoint), { description: 'Changed' });
    const answers = await Promise.all([
      client.send('GET', '/v1/webhook-endpoints'),
      client.send('GET', pathOf(endpoint)),
      client.send('PATCH', pathOf(endpoint), { enabled: true }),
      client.send('POST', `${pathOf(endpoint)}/test`),
      client.send('GET', `${pathOf(endpoint)}/deliveries`),
    ]);
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).not.toContain(secret);
      expect(text).not.toContain('whsec_');
    }
    const noted = JSON.stringify(await deeds());
    expect(noted).not.toContain('whsec_');
    expect(logged).toContain(endpoint.id);
    for (const never of ['whsec_', secret, endpoint.secret, HOOKS]) expect(logged).not.toContain(never);
  });
});

describe('the secret for webhooks of single creations', () => {
  test('is there when it is first asked for, stays, and is replaced', async () => {
    const first = await client.send('GET', '/v1/webhook-secret');
    expect(first.headers.get('cache-control')).toBe('no-store');
    const { secret } = (await first.json()) as { secret: string };
    expect(secret).toMatch(SECRET);
    const again = await (await client.send('GET', '/v1/webhook-secret')).json();
    expect(again).toEqual({ object: 'webhook_secret', secret, oldSecretUntil: null });
    const rotated = (await (
      await client.send('POST', '/v1/webhook-secret/rotate', { overlapSeconds: 10 })
    ).json()) as object;
    expect(rotated).toMatchObject({ secret: expect.stringMatching(SECRET), oldSecretUntil: expect.any(String) });
    expect(rotated).not.toMatchObject({ secret });
    expect(await (await client.send('GET', '/v1/webhook-secret')).json()).toEqual(rotated);
    const strangers = (await (await (await api.newClient()).send('GET', '/v1/webhook-secret')).json()) as object;
    expect(strangers).not.toMatchObject(rotated);
  });
});

describe('who may do it', () => {
  test('every change is noted in the audit log, with who made it and without any secret', async () => {
    const endpoint = await anEndpoint(client);
    await client.send('PATCH', pathOf(endpoint), { enabled: false });
    await client.send('POST', `${pathOf(endpoint)}/rotate-secret`, {});
    await client.send('POST', '/v1/webhook-secret/rotate', { overlapSeconds: 0 });
    await client.send('DELETE', pathOf(endpoint));
    const target = endpoint.id;
    expect(await deeds()).toEqual([
      { action: 'webhook_endpoint.created', by: 'api_key', target, detail: { url: HOOKS } },
      {
        action: 'webhook_endpoint.changed',
        by: 'api_key',
        target,
        detail: { url: HOOKS, changed: ['enabled'], status: 'disabled' },
      },
      {
        action: 'webhook_secret.rotated',
        by: 'api_key',
        target,
        detail: { url: HOOKS, oldSecretUntil: expect.any(String) },
      },
      {
        action: 'webhook_secret.rotated',
        by: 'api_key',
        target: await tenantOf(api.database, client),
        detail: { oldSecretUntil: null },
      },
      { action: 'webhook_endpoint.deleted', by: 'api_key', target, detail: { url: HOOKS } },
    ]);
  });

  test('another tenant’s endpoint is as unknown as one that there is not', async () => {
    const stranger = await api.newClient();
    const theirs = await anEndpoint(stranger);
    const delivery = await aDelivery(api.database, stranger, { endpointId: theirs.id, answers: [500] });
    const since = '2000-01-01T00:00:00Z';
    for (const [id, message] of [
      [theirs.id, delivery],
      [newWebhookEndpointId(), newDeliveryId(Date.now())],
    ])
      for (const [method, path, body] of [
        ['GET', ''],
        ['PATCH', '', { description: 'mine' }],
        ['DELETE', ''],
        ['POST', '/rotate-secret', {}],
        ['POST', '/test'],
        ['POST', '/redeliver', { since }],
        ['GET', '/deliveries'],
        ['GET', `/deliveries/${message}`],
        ['POST', `/deliveries/${message}/redeliver`],
      ] as const) {
        const answer = await client.send(method, `/v1/webhook-endpoints/${id}${path}`, body);
        expect([method, path, answer.status]).toEqual([method, path, 404]);
      }
    expect((await stranger.send('GET', pathOf(theirs))).status).toBe(200);
    expect(await rowOf(api.database, stranger, delivery)).toMatchObject({ status: 'failed' });
    expect(await deeds()).toEqual([]);
  });

  test('a key without webhooks:write may not even look', async () => {
    const endpoint = await anEndpoint(client);
    const tenantId = await tenantOf(api.database, client);
    const rights = { tenantId, scopes: ['creations:read', 'creations:write'] as const };
    const { key } = await issueApiKey(api.database.knex, rights, { pepper: null, now: new Date() });
    const reader = api.clientOf(key);
    for (const path of [
      '/v1/webhook-endpoints',
      pathOf(endpoint),
      '/v1/webhook-secret',
      `${pathOf(endpoint)}/deliveries`,
    ])
      expect(await problemOf(await reader.send('GET', path))).toMatchObject({ status: 403, code: 'forbidden' });
  });
});
