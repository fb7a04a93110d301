import { afterAll, describe, expect, test } from '@jest/globals';
import { type ChangeTenant, CreateTenant, type TenantId, type TenantLimits } from '@roleforge/contracts';
import { BurstAlone, type Doer, hashesOf, newTenantId } from '@roleforge/domain';
import { testServers } from '@roleforge/testkit';
import {
  changeTenant,
  createTenant,
  findPrincipal,
  findTenant,
  listAudit,
  listTenants,
  openDatabase,
  setTenantPaused,
  setTenantSuspended,
} from './index.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-03-01T12:00:00.000Z');
const OPERATOR: Doer = {
  actor: { kind: 'operator', id: 'admin_key' },
  remoteAddress: '203.0.113.7',
  requestId: 'req-administering',
};

const make = (body: Partial<CreateTenant> = {}, pepper: string | null = null) =>
  createTenant(database, OPERATOR, CreateTenant.parse({ name: 'Hillside Tea', ...body }), { pepper, now: NOW });
const entriesOf = async (tenantId: Awaited<ReturnType<typeof make>>['tenant']['id']) =>
  (await listAudit(database, { tenantId, limit: 200, before: null })).items;

describe('making a tenant', () => {
  test('makes it with a key that leads to it, and notes both without the key', async () => {
    const { tenant, apiKey } = await make({ weight: 2.5, limits: { running: 4 } }, 'pepper');
    expect(tenant).toEqual({
      id: tenant.id,
      name: 'Hillside Tea',
      status: 'active',
      weight: 2.5,
      limits: { running: 4 },
      pausedAt: null,
      createdAt: NOW,
    });
    const found = await findPrincipal(database, hashesOf(apiKey, ['pepper']), NOW);
    expect(found?.principal).toMatchObject({ tenantId: tenant.id, tenantLimits: { running: 4 } });
    const entries = await entriesOf(tenant.id);
    expect(entries).toMatchObject([
      { action: 'key.issued', target: found?.keyId, tenantId: tenant.id },
      {
        action: 'tenant.created',
        at: NOW.toISOString(),
        actor: OPERATOR.actor,
        target: tenant.id,
        remoteAddress: '203.0.113.7',
        requestId: 'req-administering',
        detail: { name: 'Hillside Tea', weight: 2.5, limits: { running: 4 } },
      },
    ]);
    expect(JSON.stringify(entries)).not.toContain(apiKey.slice('rf_live_'.length));
  });
});

describe('changing a tenant', () => {
  test('changes what is named, lifts what is null, and notes the fields that are others now', async () => {
    const { tenant } = await make({ limits: { running: 4, waiting: 100 } });
    const change: ChangeTenant = { weight: 3, limits: { running: null, creationsPerDay: 9 } };
    const changed = await changeTenant(database, OPERATOR, tenant.id, change, NOW);
    expect(changed?.tenant).toEqual({ ...tenant, weight: 3, limits: { waiting: 100, creationsPerDay: 9 } });
    expect(await findTenant(database, tenant.id)).toEqual(changed?.tenant);
    expect((await entriesOf(tenant.id))[0]).toMatchObject({
      action: 'tenant.changed',
      target: tenant.id,
      detail: {
        before: { weight: 1, 'limits.running': 4, 'limits.creationsPerDay': null },
        after: { weight: 3, 'limits.running': null, 'limits.creationsPerDay': 9 },
      },
    });
  });

  test('to what it is leaves no entry', async () => {
    const { tenant } = await make({ limits: { running: 4 } });
    for (const change of [{}, { name: tenant.name, limits: {} }, { limits: { running: 4, waiting: null } }])
      expect(await changeTenant(database, OPERATOR, tenant.id, change, NOW)).toEqual({ tenant, changed: false });
    expect(await entriesOf(tenant.id)).toHaveLength(2);
  });

  test('six times at the same moment keeps all six changes', async () => {
    const { tenant } = await make({ limits: { requestsPerSecond: 1 } });
    const limits: Required<TenantLimits> = {
      requestsPerSecond: 50,
      burst: 100,
      creationsPerDay: 1_000,
      waiting: 500,
      running: 20,
      monthlyCostUsd: 12.5,
    };
    const one = ([limit, value]: [string, number]) =>
      changeTenant(database, OPERATOR, tenant.id, { limits: { [limit]: value } }, NOW);
    await Promise.all(Object.entries(limits).map(one));
    expect((await findTenant(database, tenant.id))?.limits).toEqual(limits);
    const changes = (await entriesOf(tenant.id)).filter(({ action }) => action === 'tenant.changed');
    expect(new Set(changes.map(({ detail }) => Object.keys(detail.after as object).join()))).toEqual(
      new Set(Object.keys(limits).map(limit => `limits.${limit}`)),
    );
  });

  test('that would leave a burst alone changes nothing; one that was so before stays where another limit is named', async () => {
    const { tenant } = await make({ limits: { requestsPerSecond: 5, burst: 9 } });
    const change = (limits: ChangeTenant['limits']) => changeTenant(database, OPERATOR, tenant.id, { limits }, NOW);
    await expect(change({ requestsPerSecond: null, running: 3 })).rejects.toThrow(BurstAlone);
    expect(await findTenant(database, tenant.id)).toEqual(tenant);
    await database.knex('tenants').where({ id: tenant.id }).update({ limits: '{"burst":9}' });
    expect((await change({ running: 3 }))?.tenant.limits).toEqual({ burst: 9, running: 3 });
    await expect(change({ burst: 8 })).rejects.toThrow(BurstAlone);
    expect((await change({ burst: null }))?.tenant.limits).toEqual({ running: 3 });
  });

  test('of a weight finer than is kept answers what is kept', async () => {
    const { tenant } = await make({ weight: 0.0123 });
    expect(tenant.weight).toBe(0.012);
    expect((await changeTenant(database, OPERATOR, tenant.id, { weight: 1_000 }, NOW))?.tenant.weight).toBe(1_000);
  });

  test('that there is not is null, and leaves no entry', async () => {
    const id = newTenantId();
    expect(await changeTenant(database, OPERATOR, id, { name: 'Nobody' }, NOW)).toBeNull();
    expect(await setTenantSuspended(database, OPERATOR, id, true, NOW)).toBeNull();
    expect(await entriesOf(id)).toEqual([]);
  });
});

describe('suspending a tenant', () => {
  test('and resuming it, ten times each at once, leaves one entry of each', async () => {
    const { tenant } = await make();
    const tenTimes = (suspended: boolean) =>
      Promise.all(Array.from({ length: 10 }, () => setTenantSuspended(database, OPERATOR, tenant.id, suspended, NOW)));
    expect((await tenTimes(true)).map(outcome => outcome?.tenant.status)).toEqual(Array(10).fill('suspended'));
    expect((await tenTimes(false)).filter(outcome => outcome?.changed)).toHaveLength(1);
    const actions = (await entriesOf(tenant.id)).map(({ action }) => action);
    expect(actions).toEqual(['tenant.resumed', 'tenant.suspended', 'key.issued', 'tenant.created']);
    expect((await findTenant(database, tenant.id))?.status).toBe('active');
  });
});

describe('the pause of a tenant', () => {
  test('is noted where it is somebody’s doing and changes something', async () => {
    const { tenant } = await make();
    const noted = { doer: OPERATOR, now: NOW };
    expect(await setTenantPaused(database, tenant.id, NOW, noted)).toBe(true);
    expect(await setTenantPaused(database, tenant.id, NOW, noted)).toBe(false);
    expect(await setTenantPaused(database, tenant.id, null, noted)).toBe(true);
    const actions = (await entriesOf(tenant.id)).map(({ action }) => action);
    expect(actions.slice(0, 2)).toEqual(['tenant.unpaused', 'tenant.paused']);
  });
});

describe('the list of tenants', () => {
  test('is newest first, page by page, of one status where that is asked for', async () => {
    const made: TenantId[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await make()).tenant.id);
    await setTenantSuspended(database, OPERATOR, made[2] ?? newTenantId(), true, NOW);
    const sorted = made.toSorted().toReversed();
    const first = await listTenants(database, { limit: 100, before: null });
    expect(first.items.map(({ id }) => id).filter(id => made.includes(id))).toEqual(sorted);
    const after = await listTenants(database, { limit: 2, before: sorted[1] ?? null });
    expect(after.items).toHaveLength(2);
    expect(after.items.every(({ id }) => id < (sorted[1] ?? ''))).toBe(true);
    const suspended = await listTenants(database, { status: 'suspended', limit: 100, before: null });
    expect(suspended.items.map(({ id }) => id)).toContain(made[2]);
    expect(suspended.items.every(({ status }) => status === 'suspended')).toBe(true);
  });
});
