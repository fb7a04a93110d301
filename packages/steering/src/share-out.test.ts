import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantId, TenantLimits } from '@roleforge/contracts';
import { shareOutAll, shareOutTo } from './index.ts';
import { type Bridge, openBridge } from './steering.fixture.ts';

let bridge: Bridge;
let now = new Date('2031-05-20T12:00:00.000Z');
beforeEach(async () => {
  now = new Date('2031-05-20T12:00:00.000Z');
  bridge = await openBridge(() => now);
});
afterEach(() => bridge.close());

const change = (tenantId: TenantId, limits: TenantLimits, weight = 1) =>
  bridge.database
    .knex('tenants')
    .where('id', tenantId)
    .update({ limits: JSON.stringify(limits), weight });

async function spend(tenantId: TenantId, day: string, costUsd: number): Promise<void> {
  await bridge.database.knex('usage_days').insert({
    tenant_id: tenantId,
    day,
    provider: 'scripted',
    model: 'scripted-1',
    share: 0,
    calls: 1,
    failed_calls: 0,
    input_tokens: 1,
    output_tokens: 1,
    cost_usd: costUsd,
  });
}

describe('the sharing out', () => {
  test('tells the queue of caps and weights, and takes back what no longer holds', async () => {
    const [capped, heavy] = [await bridge.newTenantId(), await bridge.newTenantId()];
    await change(capped, { running: 2 });
    await change(heavy, { requestsPerSecond: 5 }, 2.5);
    await shareOutAll(bridge);
    const ids = (await bridge.submit(capped, {}, {}, {})).map(({ id }) => id as string);
    expect(await bridge.order()).toEqual(ids.slice(0, 2));
    const heavies = (await bridge.submit(heavy, {}, {}, {}, {})).map(({ id }) => id as string);
    expect((await bridge.order()).indexOf(heavies[3] ?? '')).toBeLessThanOrEqual(5);
    await change(capped, {});
    await shareOutAll(bridge);
    expect((await bridge.order()).filter(id => ids.includes(id))).toEqual(ids);
  });

  test('lets nothing of a tenant go that has spent what it may, until the month turns or the limit is raised', async () => {
    const [spent, other] = [await bridge.newTenantId(), await bridge.newTenantId()];
    await change(spent, { monthlyCostUsd: 10, running: 5 });
    await spend(spent, '2031-04-30', 100);
    await spend(spent, '2031-05-01', 4);
    await spend(spent, '2031-05-20', 5.5);
    await shareOutAll(bridge);
    const [first] = await bridge.submit(spent, {});
    await spend(spent, '2031-05-19', 0.5);
    await shareOutAll(bridge);
    const [second] = await bridge.submit(spent, {});
    const [free] = await bridge.submit(other, {});
    expect(await bridge.order()).toEqual([first?.id, free?.id]);
    await change(spent, { monthlyCostUsd: 20 });
    await shareOutTo(bridge, spent);
    expect((await bridge.order()).toSorted()).toEqual([first?.id, second?.id, free?.id].toSorted());
    await change(spent, { monthlyCostUsd: 10 });
    await shareOutTo(bridge, spent);
    const [third] = await bridge.submit(spent, {});
    expect(await bridge.order()).not.toContain(third?.id);
    now = new Date('2031-06-01T00:00:00.000Z');
    await shareOutAll(bridge);
    expect(await bridge.order()).toContain(third?.id);
  });
});
