import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdministeredTenant,
  type ApiKey,
  AuditPage,
  CreatedTenant,
  IssuedApiKey,
  TenantKeyPage,
  TenantPage,
  UsageReport,
} from '@roleforge/contracts';
import { newApiKeyId, newTenantId } from '@roleforge/domain';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let api: TestApi;
let operator: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  operator = api.clientOf(ADMIN_KEY);
});
afterAll(() => api.stop());

const TENANTS = '/admin/v1/tenants';

async function create(body: object = {}): Promise<CreatedTenant> {
  const response = await operator.send('POST', TENANTS, { name: 'Hillside Tea', ...body });
  expect(response.status).toBe(201);
  const tenant = CreatedTenant.strict().parse(await response.json());
  expect(response.headers.get('location')).toBe(`${TENANTS}/${tenant.id}`);
  return tenant;
}

const codeOf = async (response: Response) => [response.status, (await problemOf(response)).code];
const auditOf = async ({ id }: { id: string }, query = '') => {
  const response = await operator.send('GET', `/admin/v1/audit?tenantId=${id}${query}`);
  expect(response.status).toBe(200);
  return AuditPage.strict().parse(await response.json());
};

describe('the life of a tenant', () => {
  test('from its making over its first submission to its suspension and back', async () => {
    const { apiKey, ...tenant } = await create({ weight: 2, limits: { running: 20 } });
    expect(tenant).toMatchObject({ name: 'Hillside Tea', weight: 2, limits: { running: 20 }, status: 'active' });
    const client = api.clientOf(apiKey);
    await client.submit({ taskId: 'tea-shop' });

    const patched = await operator.send('PATCH', `${TENANTS}/${tenant.id}`, { limits: { running: null, waiting: 9 } });
    const expected = { ...tenant, limits: { waiting: 9 } };
    expect(AdministeredTenant.strict().parse(await patched.json())).toEqual(expected);
    expect(await (await operator.send('GET', `${TENANTS}/${tenant.id}`)).json()).toEqual(expected);

    for (let times = 0; times < 2; times += 1) {
      const suspended = await operator.send('POST', `${TENANTS}/${tenant.id}/suspend`);
      expect([suspended.status, await suspended.json()]).toEqual([200, { ...expected, status: 'suspended' }]);
    }
    await eventually(async () => (await client.send('GET', '/v1/tenant')).status === 403, 2_000);
    expect(await codeOf(await client.send('GET', '/v1/tenant'))).toEqual([403, 'tenant_suspended']);
    expect(await codeOf(await client.send('POST', '/v1/role-creations', { taskId: 'tea-shop' }))).toEqual([
      403,
      'tenant_suspended',
    ]);

    const resumed = await operator.send('POST', `${TENANTS}/${tenant.id}/resume`, {});
    expect([resumed.status, await resumed.json()]).toEqual([200, expected]);
    await eventually(async () => (await client.send('GET', '/v1/tenant')).status === 200, 2_000);
    await client.submit({ taskId: 'tea-shop' });

    const actions = (await auditOf(tenant)).items.map(({ action }) => action);
    expect(actions).toEqual(['tenant.resumed', 'tenant.suspended', 'tenant.changed', 'key.issued', 'tenant.created']);
  });

  test('is listed newest first, by status, page by page', async () => {
    const made = [await create(), await create(), await create()];
    const [oldest] = made;
    await operator.send('POST', `${TENANTS}/${oldest?.id}/suspend`);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null && !seen.includes(oldest?.id ?? ''); ) {
      const response = await operator.send('GET', `${TENANTS}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = TenantPage.parse(await response.json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect(seen).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    const suspended = TenantPage.parse(await (await operator.send('GET', `${TENANTS}?status=suspended`)).json());
    expect(suspended.items.map(({ id }) => id)).toContain(oldest?.id);
    expect(await codeOf(await operator.send('GET', `${TENANTS}?cursor=nonsense`))).toEqual([400, 'invalid_request']);
  });

  test('what there is not is 404, and what is not well formed is refused', async () => {
    const there = `${TENANTS}/${newTenantId()}`;
    const calls: [string, string, object?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'Nobody' }],
      ['POST', '/suspend'],
      ['POST', '/resume'],
      ['GET', '/usage'],
      ['GET', '/keys'],
      ['POST', '/keys', {}],
      ['POST', `/keys/${newApiKeyId()}/rotate`],
      ['DELETE', `/keys/${newApiKeyId()}`],
    ];
    for (const [method, path, body] of calls)
      expect([method, path, ...(await codeOf(await operator.send(method, there + path, body)))]).toEqual([
        method,
        path,
        404,
        'not_found',
      ]);
    expect(await codeOf(await operator.send('GET', `${TENANTS}/nobody`))).toEqual([404, 'not_found']);
    const { id } = await create();
    for (const body of [
      { limits: { running: 0 } },
      { limits: { speed: 1 } },
      { weight: 0 },
      { name: '' },
      { status: 'x' },
    ])
      expect(await codeOf(await operator.send('PATCH', `${TENANTS}/${id}`, body))).toEqual([400, 'invalid_body']);
  });

  test('has no burst without requestsPerSecond, which would limit nothing', async () => {
    const refused = async (response: Response) => {
      expect(response.status).toBe(400);
      expect(await problemOf(response)).toMatchObject({ code: 'invalid_body', errors: [{ pointer: '/limits/burst' }] });
    };
    await refused(await operator.send('POST', TENANTS, { name: 'Hillside Tea', limits: { burst: 9 } }));
    const { id } = await create();
    const change = (limits: object) => operator.send('PATCH', `${TENANTS}/${id}`, { limits });
    await refused(await change({ burst: 9 }));
    expect((await change({ requestsPerSecond: 3, burst: 9 })).status).toBe(200);
    await refused(await change({ requestsPerSecond: null }));
    expect((await change({ burst: 8 })).status).toBe(200);
    expect((await change({ requestsPerSecond: null, burst: null })).status).toBe(200);
  });

  test('its usage is what it sees itself', async () => {
    const { id, apiKey } = await create();
    const query = 'usage?from=2031-05-01&to=2031-05-02';
    const report = UsageReport.strict().parse(await (await operator.send('GET', `${TENANTS}/${id}/${query}`)).json());
    expect(report).toEqual(await (await api.clientOf(apiKey).send('GET', `/v1/${query}`)).json());
    const bad = await operator.send('GET', `${TENANTS}/${id}/usage?from=2031-05-02&to=2031-05-01`);
    expect(await codeOf(bad)).toEqual([400, 'invalid_request']);
  });
});

describe('the keys of a tenant', () => {
  test('are issued, rotated and ended by the operator', async () => {
    const { id, apiKey: first } = await create();
    const keys = `${TENANTS}/${id}/keys`;
    const statusWith = async (key: string) => (await api.clientOf(key).send('GET', '/v1/role-creations')).status;
    const list = async () => TenantKeyPage.strict().parse(await (await operator.send('GET', keys)).json()).items;

    const answer = await operator.send('POST', keys, { name: 'web shop', scopes: ['creations:read'] });
    expect(answer.status).toBe(201);
    const { apiKey: second, ...issued } = IssuedApiKey.strict().parse(await answer.json());
    expect(issued).toMatchObject({ name: 'web shop', scopes: ['creations:read'], status: 'active' });
    expect([await statusWith(first), await statusWith(second)]).toEqual([200, 200]);
    expect(await codeOf(await api.clientOf(second).send('GET', '/v1/audit'))).toEqual([403, 'forbidden']);

    const rotation = await operator.send('POST', `${keys}/${issued.id}/rotate`, { overlapSeconds: 60 });
    expect(rotation.status).toBe(201);
    const { apiKey: third, ...young } = IssuedApiKey.strict().parse(await rotation.json());
    expect([await statusWith(second), await statusWith(third)]).toEqual([200, 200]);
    expect(await codeOf(await operator.send('POST', `${keys}/${issued.id}/rotate`))).toEqual([409, 'conflict']);

    const ended = await operator.send('DELETE', `${keys}/${young.id}`);
    expect([ended.status, ((await ended.json()) as ApiKey).status]).toEqual([200, 'revoked']);
    await eventually(async () => (await statusWith(third)) === 401, 2_000);
    const byId = new Map((await list()).map(key => [key.id, key]));
    expect(byId.size).toBe(3);
    expect(byId.get(issued.id)).toMatchObject({ status: 'active', rotatedTo: young.id });
    expect(byId.get(young.id)).toMatchObject({ status: 'revoked' });

    const entries = (await auditOf({ id })).items;
    expect(entries.map(({ action, target }) => [action, target]).slice(0, 3)).toEqual([
      ['key.revoked', young.id],
      ['key.rotated', issued.id],
      ['key.issued', issued.id],
    ]);
    const rows = JSON.stringify(await api.database.knex('audit_log').where('tenant_id', id));
    for (const key of [first, second, third, ADMIN_KEY]) expect(rows).not.toContain(key.slice(8, 24));
  });

  test('of one tenant are not found at another', async () => {
    const [one, other] = [await create(), await create()];
    const page = TenantKeyPage.parse(await (await operator.send('GET', `${TENANTS}/${one.id}/keys`)).json());
    const strange = `${TENANTS}/${other.id}/keys/${page.items[0]?.id}`;
    expect(await codeOf(await operator.send('DELETE', strange))).toEqual([404, 'not_found']);
    expect(await codeOf(await operator.send('POST', `${strange}/rotate`))).toEqual([404, 'not_found']);
    expect((await api.clientOf(one.apiKey).send('GET', '/v1/tenant')).status).toBe(200);
  });
});
