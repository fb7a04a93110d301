import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKey, IssuedApiKey } from '@roleforge/contracts';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi({ API_KEY_PEPPER: 'the-pepper-of-these-tests' });
  client = await api.newClient();
});
afterAll(() => api.stop());

async function issue(body: object = {}, by = client): Promise<IssuedApiKey> {
  const response = await by.send('POST', '/v1/api-keys', body);
  expect(response.status).toBe(201);
  return (await response.json()) as IssuedApiKey;
}

async function read(id: string): Promise<ApiKey> {
  return (await (await client.send('GET', `/v1/api-keys/${id}`)).json()) as ApiKey;
}

async function deedsTo(target: string) {
  const rows = await api.database.knex('audit_log').where({ target }).orderBy('id');
  return rows.map(({ action, actor_kind, detail, request_id, remote_address }) => ({
    action,
    actor_kind,
    detail: JSON.parse(detail),
    request_id,
    remote_address,
  }));
}

describe('a new key', () => {
  test('is shown once, works at once, and has what was asked for', async () => {
    const wanted = {
      name: 'web shop',
      scopes: ['creations:read', 'creations:write'],
      expiresAt: '2099-01-01T00:00:00.000Z',
      limits: { requestsPerSecond: 5, burst: 10 },
    };
    const response = await client.send('POST', '/v1/api-keys', wanted);
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { apiKey, ...shown } = (await response.json()) as IssuedApiKey;
    expect(response.headers.get('location')).toBe(`/v1/api-keys/${shown.id}`);
    expect(apiKey).toMatch(/^rf_live_[0-9A-Za-z]{38}$/);
    expect(shown).toEqual({
      ...wanted,
      id: shown.id,
      object: 'api_key',
      hint: apiKey.slice(-4),
      status: 'active',
      createdAt: shown.createdAt,
      revokedAt: null,
      lastUsedAt: null,
      rotatedTo: null,
    });
    expect(await read(shown.id)).toEqual(shown);
    const newcomer = api.clientOf(apiKey);
    expect((await newcomer.submit({ taskId: 'by-the-new-key' })).taskId).toBe('by-the-new-key');
    const refused = await newcomer.send('GET', '/v1/api-keys');
    expect(refused.status).toBe(403);
    expect((await problemOf(refused)).code).toBe('forbidden');
    expect((await newcomer.send('GET', '/v1/tenant')).status).toBe(200);
  });

  test('has all scopes and no end where nothing is said', async () => {
    const key = await issue();
    expect(key).toMatchObject({ name: null, expiresAt: null, limits: {} });
    expect(key.scopes).toHaveLength(6);
  });

  test('is in the list of its own tenant, in the order of making, and in nobody else’s', async () => {
    const [owner, stranger] = [await api.newClient(), await api.newClient()];
    const keys = [await issue({ name: 'one' }, owner), await issue({ name: 'two' }, owner)];
    const list = async (by: TestClient) =>
      ((await (await by.send('GET', '/v1/api-keys')).json()) as { items: ApiKey[] }).items;
    expect((await list(owner)).map(({ name }) => name)).toEqual([null, 'one', 'two']);
    expect(await list(stranger)).toHaveLength(1);
    for (const [method, path] of [
      ['GET', `/v1/api-keys/${keys[0]?.id}`],
      ['POST', `/v1/api-keys/${keys[0]?.id}/rotate`],
      ['DELETE', `/v1/api-keys/${keys[0]?.id}`],
    ] as const)
      expect((await problemOf(await stranger.send(method, path))).code).toBe('not_found');
    expect((await api.clientOf(keys[0]?.apiKey ?? '').send('GET', '/v1/tenant')).status).toBe(200);
  });

  test('may not do more than the key that asks for it', async () => {
    const narrow = api.clientOf((await issue({ scopes: ['tenant:admin', 'creations:read'] })).apiKey);
    for (const [body, lacking] of [
      [{ scopes: ['creations:read', 'sources:write'] }, 'sources:write'],
      [{}, 'creations:write, sources:write, strategies:write, webhooks:write'],
    ] as const) {
      const response = await narrow.send('POST', '/v1/api-keys', body);
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({
        code: 'forbidden',
        errors: [{ pointer: '/scopes', message: `more than your own: ${lacking}` }],
      });
    }
    expect((await issue({ scopes: ['creations:read'] }, narrow)).scopes).toEqual(['creations:read']);
  });

  test('may not have a burst alone, which would limit nothing', async () => {
    const response = await client.send('POST', '/v1/api-keys', { limits: { burst: 3 } });
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: 'invalid_body', errors: [{ pointer: '/limits/burst' }] });
  });

  test('may not have wider limits than the key that asks for it, nor be rotated into being by it', async () => {
    const own = { requestsPerSecond: 100, burst: 200 };
    const narrow = api.clientOf((await issue({ limits: own })).apiKey);
    for (const [limits, pointer] of [
      [undefined, '/limits/requestsPerSecond'],
      [{ requestsPerSecond: 101 }, '/limits/requestsPerSecond'],
      [{ requestsPerSecond: 100, burst: 201 }, '/limits/burst'],
    ] as const) {
      const response = await narrow.send('POST', '/v1/api-keys', { limits });
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden', errors: [{ pointer }] });
    }
    const wide = await issue();
    expect((await narrow.send('POST', `/v1/api-keys/${wide.id}/rotate`)).status).toBe(403);
    expect(await read(wide.id)).toMatchObject({ status: 'active', rotatedTo: null });
    const same = await issue({ limits: own }, narrow);
    expect(same.limits).toEqual(own);
    expect((await narrow.send('POST', `/v1/api-keys/${same.id}/rotate`)).status).toBe(201);
  });

  test('may not outlast the key that asks for it', async () => {
    const end = new Date(Date.now() + 3_600_000);
    const short = api.clientOf((await issue({ expiresAt: end.toISOString() })).apiKey);
    for (const expiresAt of [undefined, new Date(end.getTime() + 1_000).toISOString()]) {
      const response = await short.send('POST', '/v1/api-keys', { expiresAt });
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toMatchObject({ code: 'forbidden', errors: [{ pointer: '/expiresAt' }] });
    }
    expect((await issue({ expiresAt: end.toISOString() }, short)).expiresAt).toBe(end.toISOString());
  });

  test.each([
    ['the past', '2020-01-01T00:00:00Z'],
    ['a time that cannot be written down', '9999-12-31T23:59:59-12:00'],
  ])('may not end in %s', async (_, expiresAt) => {
    const response = await client.send('POST', '/v1/api-keys', { expiresAt });
    expect(response.status).toBe(400);
    expect((await problemOf(response)).errors).toMatchObject([{ pointer: '/expiresAt' }]);
  });

  test('leaves an entry in the audit log, with the request and without the key', async () => {
    const key = await issue({ name: 'noted', scopes: ['creations:read'] });
    const [deed, ...others] = await deedsTo(key.id);
    expect(others).toEqual([]);
    expect(deed).toMatchObject({
      action: 'key.issued',
      actor_kind: 'api_key',
      detail: { name: 'noted', scopes: ['creations:read'], expiresAt: null },
    });
    expect(deed?.request_id).toMatch(/./);
    expect(deed?.remote_address).toMatch(/127\.0\.0\.1$/);
    expect(JSON.stringify(deed)).not.toContain(key.apiKey);
  });
});

describe('rotating', () => {
  const LIMITS = { requestsPerSecond: 2, burst: 3 };

  test('puts a key of the same kind in the place of another one, which works on for the overlap', async () => {
    const old = await issue({ name: 'worker', scopes: ['creations:read'], limits: LIMITS });
    const before = Date.now();
    const response = await client.send('POST', `/v1/api-keys/${old.id}/rotate`, { overlapSeconds: 60 });
    expect(response.status).toBe(201);
    const next = (await response.json()) as IssuedApiKey;
    expect(response.headers.get('location')).toBe(`/v1/api-keys/${next.id}`);
    expect(next).toMatchObject({ name: 'worker', scopes: ['creations:read'], limits: LIMITS, expiresAt: null });
    const left = await read(old.id);
    expect(left).toMatchObject({ status: 'active', rotatedTo: next.id });
    const endsAt = Date.parse(left.expiresAt ?? '');
    expect(endsAt).toBeGreaterThanOrEqual(before + 60_000);
    expect(endsAt).toBeLessThanOrEqual(Date.now() + 60_000);
    for (const { apiKey } of [old, next])
      expect((await api.clientOf(apiKey).send('GET', '/v1/role-creations')).status).toBe(200);
    expect((await deedsTo(old.id)).map(({ action, detail }) => [action, detail.overlapSeconds])).toEqual([
      ['key.issued', undefined],
      ['key.rotated', 60],
    ]);
  });

  test('takes a day’s overlap where nothing is said', async () => {
    const old = await issue();
    expect((await client.send('POST', `/v1/api-keys/${old.id}/rotate`)).status).toBe(201);
    const left = Date.parse((await read(old.id)).expiresAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(86_300_000);
    expect(left).toBeLessThanOrEqual(86_400_000);
  });

  test('without an overlap ends the old key', async () => {
    const old = await issue();
    await client.send('POST', `/v1/api-keys/${old.id}/rotate`, { overlapSeconds: 0 });
    expect((await api.clientOf(old.apiKey).send('GET', '/v1/tenant')).status).toBe(401);
    expect((await read(old.id)).status).toBe('expired');
  });

  test('is done by one of two who do it at the same time', async () => {
    const old = await issue();
    const both = await Promise.all(
      Array.from({ length: 2 }, () => client.send('POST', `/v1/api-keys/${old.id}/rotate`)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('is a conflict for a key that has ended', async () => {
    const old = await issue();
    await client.send('DELETE', `/v1/api-keys/${old.id}`);
    const response = await client.send('POST', `/v1/api-keys/${old.id}/rotate`);
    expect(response.status).toBe(409);
    expect((await problemOf(response)).code).toBe('conflict');
  });

  test('does not give anybody more than its own scopes', async () => {
    const narrow = api.clientOf((await issue({ scopes: ['tenant:admin'] })).apiKey);
    const response = await narrow.send('POST', `/v1/api-keys/${(await issue()).id}/rotate`);
    expect(response.status).toBe(403);
  });
});

describe('revoking', () => {
  test('ends a key, and may be done twice', async () => {
    const key = await issue();
    const first = (await (await client.send('DELETE', `/v1/api-keys/${key.id}`)).json()) as ApiKey;
    expect(first).toMatchObject({ id: key.id, status: 'revoked' });
    const second = await client.send('DELETE', `/v1/api-keys/${key.id}`);
    expect(second.status).toBe(200);
    expect(await second.json()).toEqual(first);
    expect((await deedsTo(key.id)).map(({ action }) => action)).toEqual(['key.issued', 'key.revoked']);
    expect((await api.clientOf(key.apiKey).send('GET', '/v1/tenant')).status).toBe(401);
  });

  test('is something that a key may do to itself', async () => {
    const key = await issue();
    const response = await api.clientOf(key.apiKey).send('DELETE', `/v1/api-keys/${key.id}`);
    expect(response.status).toBe(200);
  });
});

describe('a key that has ended, in the moment in which it is still believed', () => {
  test.each([
    ['makes no key', 'POST', () => '/v1/api-keys'],
    ['rotates none', 'POST', (id: string) => `/v1/api-keys/${id}/rotate`],
    ['revokes none', 'DELETE', (id: string) => `/v1/api-keys/${id}`],
  ] as const)('%s', async (_, method, pathTo) => {
    const other = await issue();
    const { apiKey, id } = await issue();
    const ending = api.clientOf(apiKey);
    expect((await ending.send('GET', '/v1/tenant')).status).toBe(200);
    await client.send('DELETE', `/v1/api-keys/${id}`);
    const response = await ending.send(method, pathTo(other.id), method === 'POST' ? {} : undefined);
    expect(response.status).toBe(401);
    expect(await read(other.id)).toMatchObject({ status: 'active', rotatedTo: null, expiresAt: null });
    expect((await deedsTo(other.id)).map(({ action }) => action)).toEqual(['key.issued']);
  });
});

test('the last use of a key is written down when the api stops at the latest', async () => {
  const another = await startTestApi({ API_KEY_PEPPER: 'the-pepper-of-these-tests' });
  const key = await issue();
  const before = Date.now();
  await another.clientOf(key.apiKey).send('GET', '/v1/tenant');
  await another.stop();
  expect(Date.parse((await read(key.id)).lastUsedAt ?? '')).toBeGreaterThanOrEqual(before);
});
