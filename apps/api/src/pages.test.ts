import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(api.url + path, { headers, redirect: 'manual' });

describe('the open pages', () => {
  test('/livez and /readyz say that all is well', async () => {
    expect(await (await get('/livez')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ok', checks: { mysql: 'ok', redis: 'ok' } });
  });

  test('/openapi.json documents every call with its schemas', async () => {
    const document = (await (await get('/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/role-creations',
        '/v1/role-creations/{creationId}',
        '/v1/roles/{roleId}',
        '/v1/tasks/{taskId}/base-info',
      ]),
    );
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['SubmitCreation', 'Creation', 'Role', 'Problem']),
    );
    expect(Object.keys(document.paths['/v1/role-creations']?.post?.responses ?? {})).toEqual(
      expect.arrayContaining(['202', '400', '401', '413', '415', '422', '503']),
    );
  });

  test('/openapi.json shows the headers that a call looks at, what a batch holds, and how a repetition is known', async () => {
    const document = (await (await get('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { parameters: object[]; responses: Record<string, { headers?: object }> }>>;
      components: { schemas: Record<string, object> };
    };
    for (const path of ['/v1/role-creations', '/v1/role-creations/batch']) {
      const { parameters, responses } = document.paths[path]?.post ?? {};
      expect(parameters).toContainEqual(
        expect.objectContaining({
          in: 'header',
          name: 'Idempotency-Key',
          description: expect.stringContaining('24 hours'),
        }),
      );
      expect(responses?.[202]?.headers).toHaveProperty('Idempotency-Replayed');
      expect(responses?.[422]).toMatchObject({ description: expect.stringContaining('idempotency_key_reused') });
    }
    expect(document.components.schemas.SubmitBatch).toMatchObject({
      properties: { items: { items: { $ref: '#/components/schemas/SubmitCreation' }, maxItems: 1_000 } },
    });
  });

  test('/docs asks no address outside for anything', async () => {
    const page = await get('/docs');
    const html = await page.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    for (const [, asset] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect([asset, (await get(asset ?? '')).status]).toEqual([asset, 200]);
  });

  test('an address that is not there gets a problem', async () => {
    expect(await problemOf(await get('/nowhere'))).toMatchObject({
      status: 404,
      code: 'not_found',
      instance: '/nowhere',
    });
  });

  test('an address that is not well formed gets a problem', async () => {
    expect(await problemOf(await get('/v1/tasks/%zz/base-info'))).toMatchObject({
      status: 400,
      code: 'invalid_request',
    });
  });
});

describe('Bull Board', () => {
  test('sends a browser to the login page and anything else away', async () => {
    const browser = await get('/admin/queues', { accept: 'text/html,application/xhtml+xml' });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/admin/login']);
    expect(await problemOf(await get('/admin/queues', { accept: 'application/json' }))).toMatchObject({ status: 401 });
    expect((await get('/admin/queues/api/queues')).status).toBe(401);
  });

  test('opens to the admin key in the header', async () => {
    const response = await get('/admin/queues/api/queues', { authorization: `Bearer ${ADMIN_KEY}` });
    const { queues } = (await response.json()) as { queues: { name: string; readOnlyMode: boolean }[] };
    expect(queues).toMatchObject(
      ['role-creation', 'bulk-operation', 'webhook-delivery', 'maintenance'].map(name => ({
        name,
        readOnlyMode: true,
      })),
    );
  });

  test('opens to a browser that has logged in, and not to one with a wrong key', async () => {
    const login = (key: string) =>
      fetch(`${api.url}/admin/login`, { method: 'POST', body: new URLSearchParams({ key }), redirect: 'manual' });
    const wrong = await login('not the key');
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const right = await login(ADMIN_KEY);
    expect([right.status, right.headers.get('location')]).toEqual([303, '/admin/queues']);
    const cookies = right.headers.getSetCookie();
    expect(cookies.every(cookie => /httponly/i.test(cookie) && /samesite=strict/i.test(cookie))).toBe(true);
    const board = await get('/admin/queues', {
      accept: 'text/html',
      cookie: cookies.map(cookie => cookie.split(';')[0]).join('; '),
    });
    expect([board.status, await board.text()]).toEqual([200, expect.stringContaining('RoleForge')]);
  });

  test('a tenant’s key does not open it', async () => {
    const { apiKey } = await api.newClient();
    expect((await get('/admin/queues/api/queues', { authorization: `Bearer ${apiKey}` })).status).toBe(401);
  });
});
