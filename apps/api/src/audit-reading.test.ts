import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditPage, CreatedTenant } from '@roleforge/contracts';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let operator: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  operator = api.clientOf(ADMIN_KEY);
});
afterAll(() => api.stop());

async function create(): Promise<CreatedTenant> {
  const headers = { 'x-request-id': 'req-of-the-making' };
  return CreatedTenant.parse(
    await (await operator.send('POST', '/admin/v1/tenants', { name: 'Hillside Tea' }, headers)).json(),
  );
}

async function read(client: TestClient, path: string): Promise<AuditPage> {
  const response = await client.send('GET', path);
  expect(response.status).toBe(200);
  return AuditPage.strict().parse(await response.json());
}

const idsOf = ({ items }: AuditPage) => items.map(({ id }) => id);

describe('the audit log', () => {
  test('says who did what, when, from where and in which request', async () => {
    const { id, createdAt } = await create();
    const { items } = await read(operator, `/admin/v1/audit?tenantId=${id}&action=tenant.created`);
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^audit_/),
        object: 'audit_entry',
        at: createdAt,
        actor: { kind: 'operator', id: 'admin_key' },
        tenantId: id,
        action: 'tenant.created',
        target: id,
        remoteAddress: '127.0.0.1',
        requestId: 'req-of-the-making',
        detail: { name: 'Hillside Tea', weight: 1, limits: {} },
      },
    ]);
  });

  test('shows a tenant what it did and what the operator did to it, and nothing of others', async () => {
    const { id, apiKey } = await create();
    const client = api.clientOf(apiKey);
    for (const call of ['pause', 'pause', 'resume', 'resume'])
      expect((await client.send('POST', `/v1/tenant/${call}`)).status).toBe(200);
    const { items } = await read(client, '/v1/audit');
    expect(items.map(({ action, actor, remoteAddress }) => [action, actor.kind, remoteAddress])).toEqual([
      ['tenant.unpaused', 'api_key', '127.0.0.1'],
      ['tenant.paused', 'api_key', '127.0.0.1'],
      ['key.issued', 'operator', null],
      ['tenant.created', 'operator', null],
    ]);
    expect(items[0]?.actor.id).toBe(items[2]?.target);
    expect(new Set(items.map(({ tenantId }) => tenantId))).toEqual(new Set([id]));

    const stranger = await api.newClient();
    expect(await read(stranger, '/v1/audit')).toEqual({ items: [], nextCursor: null });
    const refused = await stranger.send('GET', `/v1/audit?tenantId=${id}`);
    expect(await problemOf(refused)).toMatchObject({ code: 'invalid_request' });
  });

  test('comes page by page, newest first, and between two times', async () => {
    const { id } = await create();
    for (let weight = 2; weight < 7; weight += 1) await operator.send('PATCH', `/admin/v1/tenants/${id}`, { weight });
    const path = `/admin/v1/audit?tenantId=${id}`;
    const all = await read(operator, path);
    expect(all.items.map(({ detail }) => (detail.after as { weight: number } | undefined)?.weight)).toEqual([
      6,
      5,
      4,
      3,
      2,
      undefined,
      undefined,
    ]);
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: AuditPage = await read(operator, `${path}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...idsOf(page));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(idsOf(all));
    const created = all.items.at(-1)?.at ?? '';
    expect(idsOf(await read(operator, `${path}&createdAfter=${created}`))).toEqual(
      idsOf(all).filter((_, n) => (all.items[n]?.at ?? '') > created),
    );
    expect(await read(operator, `${path}&createdBefore=${created}`)).toMatchObject({ items: [] });
    for (const bad of ['action=tenant.eaten', 'limit=0', 'cursor=nonsense', 'createdAfter=yesterday'])
      expect(await problemOf(await operator.send('GET', `${path}&${bad}`))).toMatchObject({ code: 'invalid_request' });
  });
});
