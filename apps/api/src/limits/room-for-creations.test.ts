import { describe, expect, test } from '@jest/globals';
import type { TenantLimits, TenantUsage } from '@roleforge/contracts';
import type { TallyName } from '@roleforge/db';
import { newTenantId, StoreUnavailable } from '@roleforge/domain';
import { LIMITS_OF_NEW } from './accept-within-limits.ts';
import { createRoomForCreations } from './room-for-creations.ts';

/** A tenant's room in one process, beside a ledger whose counts the test gives. */
function aTenant(limits: TenantLimits, start = '2031-05-05T12:00:00.000Z') {
  const tenant = { tenantId: newTenantId(), tenantLimits: limits };
  const ledger = { reads: [] as (readonly TallyName[])[], counts: {} as Partial<TenantUsage>, away: false };
  const clock = { now: new Date(start) };
  const reserve = createRoomForCreations({
    clock: () => clock.now,
    async readTallies(_, __, names) {
      ledger.reads.push(names);
      if (ledger.away) throw new StoreUnavailable('away');
      return Object.fromEntries(names.map(name => [name, ledger.counts[name] ?? 0]));
    },
  });
  return {
    tenant,
    ledger,
    pass: (ms: number) => {
      clock.now = new Date(clock.now.getTime() + ms);
    },
    reserve: (wanted = 1) => reserve(tenant, LIMITS_OF_NEW, wanted),
  };
}

describe('room for creations', () => {
  test('is not looked for where nothing is limited', async () => {
    const { reserve, ledger } = aTenant({ requestsPerSecond: 1, running: 1 });
    const room = await reserve(5);
    expect([room.granted >= 5, room.refusal, room.headers(), ledger.reads]).toEqual([true, null, {}, []]);
  });

  test('is counted once in two seconds, for what is limited alone, however many ask at once', async () => {
    const { reserve, ledger, pass } = aTenant({ creationsPerDay: 100 });
    await Promise.all(Array.from({ length: 50 }, () => reserve()));
    pass(1_999);
    await reserve();
    expect(ledger.reads).toEqual([['creationsToday']]);
    pass(1);
    await reserve();
    expect(ledger.reads).toHaveLength(2);
  });

  test('is never given twice, and is there again when it is given back', async () => {
    const { reserve, ledger } = aTenant({ creationsPerDay: 10 });
    ledger.counts.creationsToday = 4;
    const rooms = await Promise.all(Array.from({ length: 20 }, () => reserve()));
    const granted = rooms.filter(({ refusal }) => refusal === null);
    expect(granted).toHaveLength(6);
    granted[0]?.settle(false);
    granted[0]?.settle(false);
    granted[1]?.settle(true);
    granted[1]?.settle(false);
    expect((await reserve(5)).granted).toBe(1);
  });

  test('that was taken before a count is in it, and what is on its way meanwhile comes on top', async () => {
    const { reserve, ledger, pass } = aTenant({ creationsPerDay: 10 });
    for (const room of [await reserve(), await reserve()]) room.settle(true);
    const onItsWay = await reserve();
    ledger.counts.creationsToday = 2;
    pass(2_000);
    expect((await reserve(20)).granted).toBe(7);
    onItsWay.settle(true);
    expect((await reserve(20)).granted).toBe(0);
  });

  test('among those that wait is looked for again before somebody is refused, at most every 200 ms', async () => {
    const { reserve, ledger, pass } = aTenant({ waiting: 3 });
    (await reserve(3)).settle(true);
    expect((await reserve()).refusal?.code).toBe('limit_reached');
    expect(ledger.reads).toHaveLength(1);
    pass(200);
    ledger.counts.waiting = 1;
    expect((await reserve()).granted).toBe(1);
    expect(ledger.reads).toHaveLength(2);
  });

  test('is counted anew when the day is over', async () => {
    const { reserve, ledger, pass } = aTenant({ creationsPerDay: 3 }, '2031-05-05T23:59:59.900Z');
    (await reserve(3)).settle(true);
    const refused = await reserve();
    expect(refused.refusal?.headers).toEqual({
      'RateLimit-Policy': '"day";q=3;w=86400',
      RateLimit: '"day";r=0;t=1',
      'Retry-After': '1',
    });
    pass(100);
    expect((await reserve()).granted).toBe(1);
    expect(ledger.reads).toHaveLength(2);
  });

  test('is counted for a limit that is new, at once', async () => {
    const { reserve, ledger, tenant } = aTenant({ creationsPerDay: 3 });
    await reserve();
    tenant.tenantLimits = { creationsPerDay: 3, monthlyCostUsd: 5 };
    ledger.counts.monthCostUsd = 6;
    expect((await reserve()).refusal?.message).toContain('monthlyCostUsd');
  });

  test('is not to be had while the ledger is away, and is looked for again by the next', async () => {
    const { reserve, ledger } = aTenant({ waiting: 3 });
    ledger.away = true;
    await expect(reserve()).rejects.toThrow(StoreUnavailable);
    ledger.away = false;
    expect((await reserve()).granted).toBe(1);
  });
});
