import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditPage } from '@roleforge/contracts';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const CALLS: [string, string][] = [
  ['GET', '/admin/v1/tenants'],
  ['POST', '/admin/v1/tenants'],
  ['PUT', '/admin/v1/tenants'],
  ['GET', '/admin/v1/tenants/nobody'],
  ['GET', '/admin/v1/tenants/%zz'],
  ['DELETE', '/admin/v1/system'],
  ['POST', '/admin/v1/system/pause'],
  ['GET', '/admin/v1/audit?limit=0'],
  ['GET', '/admin/v1/audit/'],
  ['GET', '/ADMIN/V1/audit'],
  ['OPTIONS', '/admin/v1/audit'],
  ['GET', '/admin/v1'],
  ['GET', '/admin/v1/'],
  ['POST', '/admin/v1/nothing/here'],
];

describe('below /admin/v1', () => {
  test.each([
    ['without a key', undefined],
    ['with a wrong key', 'Bearer rf_admin_the_key_of_the_tests_0002'],
    ['with the key and more', `Bearer ${ADMIN_KEY}x`],
    ['with another scheme', `Basic ${ADMIN_KEY}`],
  ])('everything is 401 before anything else %s', async (_, authorization) => {
    for (const [method, path] of CALLS) {
      const response = await fetch(api.url + path, {
        method,
        headers: { 'content-type': 'text/plain', ...(authorization === undefined ? {} : { authorization }) },
        ...(method === 'POST' ? { body: '{' } : {}),
      });
      expect([method, path, response.status]).toEqual([method, path, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="roleforge-operator"');
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ code: 'unauthenticated', instance: path.split('?')[0] });
      expect(problem.requestId).toBe(response.headers.get('x-request-id'));
    }
  });

  test('a tenant’s key is no key', async () => {
    const client = await api.newClient();
    for (const [method, path] of CALLS) expect((await client.send(method, path)).status).toBe(401);
  });

  test('with the key one learns what there is and what not', async () => {
    const operator = api.clientOf(ADMIN_KEY);
    const statusOf = async (method: string, path: string) => (await operator.send(method, path)).status;
    expect(await statusOf('GET', '/admin/v1/tenants')).toBe(200);
    expect(await statusOf('GET', '/admin/v1/tenants/%zz')).toBe(400);
    expect(await statusOf('GET', '/admin/v1')).toBe(404);
    expect(await statusOf('POST', '/admin/v1/nothing/here')).toBe(404);
    const wrong = await operator.send('DELETE', '/admin/v1/system');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('the admin key is no tenant’s key', async () => {
    expect((await api.clientOf(ADMIN_KEY).send('GET', '/v1/tenant')).status).toBe(401);
  });

  test('every call is documented with the admin key, and no other call is', async () => {
    const { paths, components } = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { tags: string[]; security?: object[] }>>;
      components: { securitySchemes: object };
    };
    expect(components.securitySchemes).toHaveProperty('adminKey');
    for (const [path, operations] of Object.entries(paths))
      for (const { tags, security } of Object.values(operations)) {
        const isOperators = path.startsWith('/admin/v1/');
        expect([path, tags.includes('Operator')]).toEqual([path, isOperators]);
        const byAdminKey = security?.some(scheme => 'adminKey' in scheme) ?? false;
        expect([path, byAdminKey]).toEqual([path, isOperators]);
        const byViewers = security?.some(scheme => 'viewerKey' in scheme) === true;
        if (isOperators)
          expect([path, security]).toEqual([path, [{ adminKey: [] }, ...(byViewers ? [{ viewerKey: [] }] : [])]]);
      }
  });
});

describe('logging in as the operator', () => {
  test('is noted, and at the eleventh attempt in a minute refused even with the key', async () => {
    const login = (key: string, requestId: string) =>
      fetch(`${api.url}/admin/login`, {
        method: 'POST',
        body: new URLSearchParams({ key }),
        redirect: 'manual',
        headers: { 'x-request-id': requestId },
      });
    const mark = `req-login-${process.pid}-${Math.round(performance.now() * 1_000)}`;
    expect((await login(ADMIN_KEY, `${mark}-right`)).status).toBe(303);
    for (let attempt = 2; attempt <= 10; attempt += 1)
      expect((await login('guess', `${mark}-${attempt}`)).status).toBe(401);
    const tooMany = await login(ADMIN_KEY, `${mark}-11`);
    expect([tooMany.status, tooMany.headers.get('set-cookie')]).toEqual([429, null]);
    expect(Number(tooMany.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await tooMany.text()).toContain('Too many attempts');

    // What was counted is noted at the latest when the api stops.
    await api.stop();
    api = await startTestApi();
    const operator = api.clientOf(ADMIN_KEY);
    const entries = async (action: string) => {
      const page = (await (
        await operator.send('GET', `/admin/v1/audit?limit=200&action=${action}`)
      ).json()) as AuditPage;
      return page.items.filter(({ requestId }) => requestId.startsWith(mark));
    };
    expect(await entries('operator.logged_in')).toMatchObject([
      { actor: { kind: 'operator', id: 'admin_key' }, requestId: `${mark}-right`, remoteAddress: '127.0.0.1' },
    ]);
    const refused = await entries('operator.refused');
    expect(refused.map(({ detail, actor, tenantId }) => [detail, actor.id, tenantId])).toEqual([
      [{ attempts: 9 }, 'unknown', null],
      [{ attempts: 1 }, 'unknown', null],
    ]);
  });
});
