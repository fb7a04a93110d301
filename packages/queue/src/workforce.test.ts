import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { createWorkforce, openRedis } from './index.ts';
import { startsKey, workersKey } from './keys.ts';
import { aQueued, type Bench, openBench } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const QUEUE = JOBS.createRole.queue;

async function openWorkforce() {
  const redis = await bench.redis();
  const secondsNow = async () => Number((await redis.time())[0]);
  return { redis, secondsNow, workforce: createWorkforce(redis, bench.prefix) };
}

describe('the workforce', () => {
  test('before anybody has reported there are no workers, and nothing is known of their pace', async () => {
    const { workforce } = await openWorkforce();
    expect(await workforce.read()).toEqual({ workers: 0, startsPerSecond: null });
  });

  test('are the processes that have reported, each once, until they leave', async () => {
    const { workforce } = await openWorkforce();
    for (const id of ['a', 'b', 'a']) await workforce.report({ id, started: 0 });
    expect(await workforce.read()).toEqual({ workers: 2, startsPerSecond: null });
    await workforce.leave('a');
    expect((await workforce.read()).workers).toBe(1);
  });

  test('whoever has not reported for five seconds is not there, and is forgotten', async () => {
    const { redis, secondsNow, workforce } = await openWorkforce();
    const workers = workersKey(bench.prefix, QUEUE);
    const now = (await secondsNow()) * 1_000;
    await redis.zadd(workers, now - 7_000, 'long ago', now - 2_000, 'just now');
    expect((await workforce.read()).workers).toBe(1);
    await workforce.report({ id: 'a', started: 0 });
    expect(await redis.zrange(workers, 0, '-1')).toEqual(['just now', 'a']);
    expect(await redis.pttl(workers)).toBeGreaterThan(0);
  });

  test('the pace is what all of them have started', async () => {
    const { workforce } = await openWorkforce();
    for (const id of ['a', 'b', 'a']) await workforce.report({ id, started: 20 });
    // Ten seconds, and as much of the present span as is over.
    const { startsPerSecond } = await workforce.read();
    expect(startsPerSecond).toBeGreaterThanOrEqual(60 / 15);
    expect(startsPerSecond).toBeLessThanOrEqual(60 / 10);
  });

  test('counts that are no longer looked at are cleared away, and all of them when nobody works', async () => {
    const { redis, secondsNow, workforce } = await openWorkforce();
    const starts = startsKey(bench.prefix, QUEUE);
    const span = Math.floor((await secondsNow()) / 5);
    await redis.hset(starts, { [span - 20]: 7, [span - 8]: 6 });
    await workforce.report({ id: 'a', started: 1 });
    expect(Object.values(await redis.hgetall(starts)).toSorted()).toEqual(['1', '6']);
    expect(await redis.ttl(starts)).toBeGreaterThan(60);
    expect(await redis.ttl(starts)).toBeLessThanOrEqual(65);
  });

  test('a report is answered with the number of jobs that wait, stalled ones among them, delayed ones not', async () => {
    const { workforce, redis } = await openWorkforce();
    const queue = await bench.queue();
    expect(await workforce.report({ id: 'a', started: 0 })).toBe(0);
    await queue.enqueue([aQueued(), aQueued('low'), aQueued('urgent', new Date(Date.now() + 3_600_000))]);
    await redis.rpush(queue.bull.toKey('wait'), aQueued().id);
    expect(await workforce.report({ id: 'a', started: 0 })).toBe(3);
    await queue.bull.pause();
    expect(await workforce.report({ id: 'a', started: 0 })).toBe(0);
  });

  test('of another prefix are others', async () => {
    const { workforce, redis } = await openWorkforce();
    await createWorkforce(redis, `${bench.prefix}-other`).report({ id: 'a', started: 9 });
    expect(await workforce.read()).toEqual({ workers: 0, startsPerSecond: null });
  });

  test('cannot be told while Redis is away', async () => {
    const redis = openRedis('redis://127.0.0.1:1', 'request');
    bench.afterwards(async () => redis.disconnect());
    const workforce = createWorkforce(redis, bench.prefix);
    await expect(workforce.read()).rejects.toThrow();
    await expect(workforce.report({ id: 'a', started: 1 })).rejects.toThrow();
  });
});
