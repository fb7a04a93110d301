import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newTenant } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi, type TestClient, VIEWER_KEY } from './api.fixture.ts';

type Operations = Record<string, Record<string, { security?: Record<string, string[]>[] }>>;

let api: TestApi;
let viewer: TestClient;
let tenantId: string;
beforeAll(async () => {
  api = await startTestApi();
  viewer = api.clientOf(VIEWER_KEY);
  tenantId = (await newTenant(api.database)).tenantId;
});
afterAll(() => api.stop());

/** Every call of the operator's, by whether it is documented as open to the viewer's key. */
async function calls() {
  const { paths } = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: Operations };
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/admin/v1/'))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security = [] }]) => ({
        method: method.toUpperCase(),
        path: path.replace('{tenantId}', tenantId).replace('{keyId}', 'key_none'),
        open: security.some(scheme => 'viewerKey' in scheme),
      })),
    );
}

describe('the viewer’s key', () => {
  test('opens what looks and shows no keys, and nothing else that is the operator’s', async () => {
    const all = await calls();
    expect(all.filter(({ open }) => open).map(({ path }) => path.replace(tenantId, '…'))).toEqual([
      '/admin/v1/tenants',
      '/admin/v1/tenants/…',
      '/admin/v1/tenants/…/usage',
      '/admin/v1/system',
      '/admin/v1/audit',
    ]);
    for (const { method, path, open } of all) {
      const response = await viewer.send(method, path, method === 'GET' ? undefined : {});
      expect([method, path, response.status]).toEqual([method, path, open ? 200 : 403]);
      if (!open) expect((await problemOf(response)).code).toBe('forbidden');
    }
  });

  test('changes nothing, not even where there is nothing', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await viewer.send(method, '/admin/v1/nothing', {})).status).toBe(403);
    expect((await viewer.send('GET', '/admin/v1/nothing')).status).toBe(404);
  });

  test('is no tenant’s key', async () => {
    expect((await viewer.send('GET', '/v1/tenant')).status).toBe(401);
  });

  test('is nobody’s where none is configured', async () => {
    const without = await startTestApi({ VIEWER_API_KEY: '' });
    expect((await without.clientOf(VIEWER_KEY).send('GET', '/admin/v1/system')).status).toBe(401);
    await without.stop();
  });
});
