import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ApiKeyId, KeyLimits, TenantId, TenantLimits } from '@roleforge/contracts';
import { newApiKeyId, newTenantId, type Principal } from '@roleforge/domain';
import { type BucketReport, closeRedis, createRateLedger, openRedis, type ReportRates } from '@roleforge/queue';
import { connectTestRedis, newQueuePrefix, startTcpProxy, testServers } from '@roleforge/testkit';
import { createRequestRate, type RequestRate } from './request-rate.ts';

const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

function aPrincipal(
  tenantLimits: TenantLimits,
  keyLimits: KeyLimits = {},
  { tenantId = newTenantId(), keyId = newApiKeyId() }: { tenantId?: TenantId; keyId?: ApiKeyId } = {},
): Principal {
  return { tenantId, actor: { kind: 'api_key', id: keyId }, scopes: [], tenantLimits, keyLimits };
}

/** A limiter as a process of its own has it, whose clock stands still until it is set. */
function aProcess(report: ReportRates = async reports => reports.map(() => 0)) {
  const clock = { ms: 0 };
  return { clock, count: createRequestRate({ report, now: () => clock.ms }) };
}

const passed = (count: RequestRate, principal: Principal, times: number) =>
  Array.from({ length: times }, () => count(principal)).filter(counted => counted?.refusal === null).length;

/** Calls to Redis whose answers the test gives. */
function heldCalls() {
  const calls: { reports: readonly BucketReport[]; answer: (owed: number[]) => void; fail: () => void }[] = [];
  const waiting: (() => void)[] = [];
  const report: ReportRates = reports =>
    new Promise((resolve, reject) => {
      calls.push({ reports, answer: resolve, fail: () => reject(new Error('gone')) });
      waiting.shift()?.();
    });
  const next = async () => {
    if (calls.length === 0) await new Promise<void>(resolve => void waiting.push(resolve));
    return calls.shift() as (typeof calls)[number];
  };
  return { report, next, calls };
}

const turn = () => new Promise<void>(resolve => void setImmediate(resolve));

describe('requests', () => {
  test('without limits are neither counted nor told of', () => {
    const { count } = aProcess();
    expect(count(aPrincipal({}))).toBeNull();
    expect(count(aPrincipal({ burst: 3, waiting: 1 }, { burst: 1 }))).toBeNull();
  });

  test('pass as many as the burst at once, and then as many as flow back', () => {
    const { count, clock } = aProcess();
    const principal = aPrincipal({ requestsPerSecond: 5, burst: 10 });
    expect(passed(count, principal, 100)).toBe(10);
    clock.ms = 200;
    expect(passed(count, principal, 100)).toBe(1);
    clock.ms = 1_200;
    expect(passed(count, principal, 100)).toBe(5);
    clock.ms = 60_000;
    expect(passed(count, principal, 100)).toBe(10);
  });

  test('of one key are held to its own limit within that of its tenant, and what it may not have is left to the others', () => {
    const { count } = aProcess();
    const tenantId = newTenantId();
    const tenant = { requestsPerSecond: 1, burst: 10 };
    const slow = aPrincipal(tenant, { requestsPerSecond: 1, burst: 2 }, { tenantId });
    const other = aPrincipal(tenant, {}, { tenantId });
    expect(passed(count, slow, 50)).toBe(2);
    expect(passed(count, other, 50)).toBe(8);
    expect(passed(count, aPrincipal(tenant), 50)).toBe(10);
  });

  test('are told how the limits stand, to the letter', () => {
    const { count } = aProcess();
    const principal = aPrincipal({ requestsPerSecond: 50, burst: 100 }, { requestsPerSecond: 0.5 });
    expect(count(principal)).toEqual({
      headers: {
        'RateLimit-Policy': '"tenant";q=100;w=2, "key";q=1;w=2',
        RateLimit: '"tenant";r=99;t=1, "key";r=0;t=2',
      },
      refusal: null,
    });
    const second = count(principal);
    expect(second?.headers.RateLimit).toBe('"tenant";r=99;t=1, "key";r=0;t=2');
    expect(second?.refusal).toMatchObject({
      code: 'rate_limited',
      message: 'This API key may make 0.5 requests a second, and 1 at once. Nothing was done.',
      headers: { 'Retry-After': '2' },
    });
  });

  test('are asked to wait a whole second at least', () => {
    const { count } = aProcess();
    const principal = aPrincipal({ requestsPerSecond: 100, burst: 1 });
    count(principal);
    expect(count(principal)?.refusal?.headers).toEqual({ 'Retry-After': '1' });
  });

  test('keep to a limit that has been changed from then on', () => {
    const { count } = aProcess();
    const tenantId = newTenantId();
    expect(passed(count, aPrincipal({ requestsPerSecond: 10 }, {}, { tenantId }), 50)).toBe(10);
    expect(passed(count, aPrincipal({ requestsPerSecond: 10, burst: 15 }, {}, { tenantId }), 50)).toBe(5);
    expect(passed(count, aPrincipal({ requestsPerSecond: 10, burst: 3 }, {}, { tenantId }), 50)).toBe(0);
  });
});

describe('what was taken', () => {
  test('is told in one call at a time, and of all buckets that were touched meanwhile in the next', async () => {
    const { report, next, calls } = heldCalls();
    const { count } = aProcess(report);
    const [a, b] = [aPrincipal({ requestsPerSecond: 1, burst: 10 }), aPrincipal({ requestsPerSecond: 2, burst: 10 })];
    passed(count, a, 3);
    const first = await next();
    expect(first.reports).toEqual([{ bucket: a.tenantId, taken: 3, perSecond: 1 }]);
    passed(count, b, 2);
    passed(count, a, 1);
    await turn();
    expect(calls).toHaveLength(0);
    first.answer([3]);
    const second = await next();
    expect(second.reports).toEqual([
      { bucket: b.tenantId, taken: 2, perSecond: 2 },
      { bucket: a.tenantId, taken: 1, perSecond: 1 },
    ]);
    second.answer([2, 4]);
  });

  test('gathers for some moments where it is little beside what is left', async () => {
    const { report, next, calls } = heldCalls();
    const { count } = aProcess(report);
    const principal = aPrincipal({ requestsPerSecond: 1_000 });
    passed(count, principal, 2);
    await turn();
    expect(calls).toHaveLength(0);
    passed(count, principal, 3);
    const call = await next();
    expect(call.reports).toEqual([{ bucket: principal.tenantId, taken: 5, perSecond: 1_000 }]);
    call.answer([5]);
    passed(count, principal, 200);
    expect((await next()).reports).toMatchObject([{ taken: 200 }]);
  });

  test('by others is heard with the answer, and waited for if it was too much', async () => {
    const { report, next } = heldCalls();
    const { count, clock } = aProcess(report);
    const principal = aPrincipal({ requestsPerSecond: 1, burst: 10 });
    passed(count, principal, 2);
    (await next()).answer([7]);
    await turn();
    expect(passed(count, principal, 50)).toBe(3);
    (await next()).answer([14]);
    await turn();
    clock.ms = 4_500;
    expect(passed(count, principal, 50)).toBe(0);
    clock.ms = 5_000;
    expect(passed(count, principal, 50)).toBe(1);
  });

  test('in one process is never held against it, however slow the answers are', async () => {
    const { report, next } = heldCalls();
    const { count, clock } = aProcess(report);
    const principal = aPrincipal({ requestsPerSecond: 10, burst: 10 });
    passed(count, principal, 10);
    const call = await next();
    clock.ms = 1_000;
    call.answer([10]);
    await turn();
    expect(passed(count, principal, 50)).toBe(10);
  });

  test('is not told again where the call failed, and counts here all the same', async () => {
    const { report, next } = heldCalls();
    const { count, clock } = aProcess(report);
    const principal = aPrincipal({ requestsPerSecond: 1, burst: 10 });
    passed(count, principal, 10);
    (await next()).fail();
    await turn();
    expect(passed(count, principal, 50)).toBe(0);
    clock.ms = 2_000;
    expect(passed(count, principal, 50)).toBe(2);
    expect((await next()).reports).toEqual([{ bucket: principal.tenantId, taken: 2, perSecond: 1 }]);
  });
});

describe('two processes', () => {
  async function processesOn(prefix: string, count: number, url = testServers().redisUrl) {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const redis = openRedis(url, 'cache');
        releases.push(() => closeRedis(redis));
        await once(redis, 'ready');
        const report = createRateLedger(redis, prefix);
        const heard: (() => void)[] = [];
        const told = () => new Promise<void>(resolve => void heard.push(resolve));
        const process = aProcess(async reports => {
          try {
            return await report(reports);
          } finally {
            setImmediate(() => {
              for (const tell of heard.splice(0)) tell();
            });
          }
        });
        return { ...process, told, redis };
      }),
    );
  }

  test('share a tenant’s limit: more can pass by what each takes before it has heard, and that is owed', async () => {
    const prefix = newQueuePrefix();
    const [a, b] = (await processesOn(prefix, 2)) as [Process, Process];
    // It fills so slowly that Redis's clock makes no difference.
    const principal = aPrincipal({ requestsPerSecond: 0.001, burst: 10 });
    let told = a.told();
    expect(passed(a.count, principal, 6)).toBe(6);
    await told;
    // The other has heard of nothing yet.
    told = b.told();
    expect(passed(b.count, principal, 1)).toBe(1);
    await told;
    expect(passed(b.count, principal, 50)).toBe(3);
    await b.told();
    told = a.told();
    expect(passed(a.count, principal, 1)).toBe(1);
    await told;
    expect(passed(a.count, principal, 50)).toBe(0);
    expect(passed(b.count, principal, 50)).toBe(0);
  });

  type Process = Awaited<ReturnType<typeof processesOn>>[number];

  test('keep the limit by themselves while Redis is away, and share it again when it is back', async () => {
    const proxy = await startTcpProxy(testServers().redisUrl);
    releases.push(() => proxy.close());
    const [a, b] = (await processesOn(newQueuePrefix(), 2, proxy.url)) as [Process, Process];
    const principal = aPrincipal({ requestsPerSecond: 0.001, burst: 10 });
    proxy.cut();
    await proxy.refusal();
    const failed = [a.told(), b.told()];
    expect(passed(a.count, principal, 50)).toBe(10);
    expect(passed(b.count, principal, 50)).toBe(10);
    await Promise.all(failed);
    expect(passed(a.count, principal, 50)).toBe(0);
    const back = [a, b].map(({ redis }) => new Promise<void>(resolve => redis.once('ready', () => resolve())));
    proxy.restore();
    await Promise.all(back);
    const another = aPrincipal({ requestsPerSecond: 0.001, burst: 10 });
    for (const [process, expected] of [
      [a, 10],
      [b, 1],
      [b, 0],
    ] as const) {
      const told = process.told();
      expect(passed(process.count, another, expected === 1 ? 1 : 50)).toBe(expected);
      if (expected > 0) await told;
    }
  });

  test('leave nothing in Redis for longer than a bucket takes to fill', async () => {
    const prefix = newQueuePrefix();
    const [a] = (await processesOn(prefix, 1)) as [Process];
    const principal = aPrincipal({ requestsPerSecond: 1, burst: 10 }, { requestsPerSecond: 2 });
    const told = a.told();
    a.count(principal);
    await told;
    const redis = await connectTestRedis();
    releases.push(async () => redis.disconnect());
    const keys = await redis.keys(`*${prefix}*`);
    expect(keys.toSorted()).toEqual([
      `{${prefix}:limits}:${principal.tenantId}`,
      `{${prefix}:limits}:${principal.tenantId}:${principal.actor.id}`,
    ]);
    for (const key of keys) {
      expect(await redis.pttl(key)).toBeGreaterThan(0);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(2_000);
    }
  });
});
