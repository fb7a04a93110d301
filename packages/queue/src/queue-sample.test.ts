import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Priority } from '@roleforge/contracts';
import { newTenantId, type QueueSample } from '@roleforge/domain';
import type { CreationQueue, QueuedCreation } from './creation-queue.ts';
import { createQueueSampler, openRedis } from './index.ts';
import { aQueued, type Bench, openBench, until } from './queue.fixture.ts';
import type { RedisConnection } from './redis-connection.ts';

let bench: Bench;
let queue: CreationQueue;
let redis: RedisConnection;
let sample: () => Promise<QueueSample>;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
  redis = await bench.redis();
  sample = createQueueSampler(redis, bench.prefix);
});
afterEach(() => bench.close());

/** Makes a job look as if it had been added so long ago: minutes, beside which the test itself takes no time. */
async function age({ id }: QueuedCreation, minutes: number): Promise<void> {
  const key = queue.bull.toKey(id);
  await redis.hset(key, 'timestamp', Number(await redis.hget(key, 'timestamp')) - minutes * 60_000);
}

/** In minutes. */
const oldest = async (of: Priority) => {
  const found = (await sample()).classes.find(({ priority }) => priority === of);
  return Math.floor((found?.oldestAgeMs ?? -1) / 60_000);
};

describe('a sample of the queue', () => {
  test('of an empty one has nothing in it', async () => {
    const none = { waiting: 0, oldestAgeMs: 0 };
    expect(await sample()).toEqual({
      paused: false,
      waiting: 0,
      scheduled: 0,
      parked: 0,
      active: 0,
      classes: ['urgent', 'high', 'normal', 'low'].map(priority => ({ priority, ...none })),
    });
  });

  test('counts by class and state, and says whether it is paused', async () => {
    const tenantId = newTenantId();
    await queue.setTenantShares([{ tenantId, weight: 1, cap: 1 }]);
    const soon = new Date(Date.now() + 60_000);
    await queue.enqueue([aQueued('urgent'), aQueued('low'), aQueued('low'), aQueued('high', soon)]);
    await queue.enqueue([1, 2, 3].map(() => aQueued('normal', null, tenantId)));
    await queue.setPaused(true);
    const { classes, ...counts } = await sample();
    expect(counts).toEqual({ paused: true, waiting: 4, scheduled: 1, parked: 2, active: 0 });
    expect(classes.map(({ waiting }) => waiting)).toEqual([1, 0, 1, 2]);
  });

  test('has the age of the oldest of each class, though it is not the next of it', async () => {
    const [first, second] = [aQueued('normal'), aQueued('normal', null, newTenantId())];
    const low = aQueued('low');
    await queue.enqueue([first, second, low]);
    await age(first, 30);
    await age(second, 90);
    await age(low, 300);
    expect([await oldest('normal'), await oldest('low'), await oldest('urgent')]).toEqual([90, 300, 0]);
    await queue.remove(second.id);
    expect(await oldest('normal')).toBe(30);
  });

  test('does not count the time before a creation’s own time, nor those whose time has not come', async () => {
    const [due, later] = [
      aQueued('normal', new Date(Date.now() + 30_000)),
      aQueued('normal', new Date(Date.now() + 600_000)),
    ];
    await queue.enqueue([due, later]);
    await age(due, 50);
    await age(later, 9_000);
    expect(await oldest('normal')).toBe(0);
    // Whoever takes jobs brings up those that are due; this one has been so for 50 minutes less its delay.
    await queue.bull.getJob(due.id).then(job => job?.promote());
    expect(await oldest('normal')).toBe(49);
  });

  test('does not count how long a cap has kept a creation out, nor those that are still out', async () => {
    const tenantId = newTenantId();
    await queue.setTenantShares([{ tenantId, weight: 1, cap: 0 }]);
    const parked = aQueued('normal', null, tenantId);
    await queue.enqueue([parked]);
    await age(parked, 500);
    expect(await oldest('normal')).toBe(0);
    await queue.setTenantShares([{ tenantId, weight: 1, cap: null }]);
    expect((await sample()).classes[2]).toMatchObject({ waiting: 1 });
    expect(await oldest('normal')).toBe(0);
  });

  test('counts one that is to be begun again from when it could be', async () => {
    const creation = aQueued('high');
    await queue.enqueue([creation]);
    await age(creation, 700);
    const { promise: put, resolve } = Promise.withResolvers<void>();
    const consumer = await bench.consumer(async () => {
      resolve();
      return { kind: 'delay', at: new Date(Date.now() + 600_000) };
    });
    await put;
    await until(async () => (await sample()).scheduled === 1);
    await consumer.stop(0);
    expect(await oldest('high')).toBe(0);
    await queue.bull.getJob(creation.id).then(job => job?.promote());
    expect(await oldest('high')).toBe(0);
    await redis.hincrby(queue.bull.toKey(creation.id), 'waitsSince', -660_000);
    expect(await oldest('high')).toBe(1);
    expect(consumer.worked()).toMatchObject({ ended: 0 });
  });

  test('has those that stalled in their class', async () => {
    const stalled = aQueued('low');
    await queue.enqueue([stalled]);
    await age(stalled, 40);
    await redis.zrem(queue.bull.toKey('prioritized'), stalled.id);
    await redis.rpush(queue.bull.toKey('wait'), stalled.id);
    expect(await sample()).toMatchObject({ waiting: 1, classes: [{}, {}, {}, { waiting: 1 }] });
    expect(await oldest('low')).toBe(40);
  });

  test('with ten thousand waiting finds the oldest of a tenant whose turn is next', async () => {
    const busy = newTenantId();
    for (let group = 0; group < 20; group += 1)
      await queue.enqueue(Array.from({ length: 500 }, () => aQueued('normal', null, busy)));
    const newcomer = aQueued('normal', null, newTenantId());
    await queue.enqueue([newcomer]);
    await age(newcomer, 1_000);
    expect((await sample()).classes[2]).toMatchObject({ waiting: 10_001 });
    expect(await oldest('normal')).toBeGreaterThanOrEqual(1_000);
  });

  test('cannot be taken while Redis is away', async () => {
    const away = openRedis('redis://127.0.0.1:1', 'request');
    bench.afterwards(async () => away.disconnect());
    await expect(createQueueSampler(away, bench.prefix)()).rejects.toThrow();
  });
});
