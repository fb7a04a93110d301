import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS, type WorkerDoing } from '@roleforge/contracts';
import { createTallies, createWorkforce, openRedis } from './index.ts';
import { doingsKey, startsKey, talliesKey, workersKey } from './keys.ts';
import { aQueued, type Bench, openBench } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const QUEUE = JOBS.createRole.queue;

const MODEL = { provider: 'house', model: 'qwen3' };
const DOING: WorkerDoing = {
  phase: 'working',
  version: '1.2.3',
  startedAt: Date.parse('2031-05-05T12:00:00Z'),
  concurrency: 50,
  inHand: { gathering: 1, writing: 8, saving: 0 },
  longestMs: 1_500,
  models: [MODEL],
};

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

  test('say what they do, and how many can be told apart without naming a host', async () => {
    const { workforce } = await openWorkforce();
    await workforce.report({ id: 'host-1:17:ab', started: 0, doing: DOING });
    await workforce.report({
      id: 'host-2:18:cd',
      started: 0,
      doing: { ...DOING, models: [MODEL, { ...MODEL, model: 'b' }] },
    });
    const { workers, models } = await workforce.look();
    expect(workers).toMatchObject([
      { phase: 'working', version: '1.2.3', concurrency: 50, inHand: { gathering: 1, writing: 8, saving: 0 } },
      { longestInHandMs: 1_500, startedAt: new Date(DOING.startedAt) },
    ]);
    expect(new Set(workers.map(({ id }) => id)).size).toBe(2);
    expect(JSON.stringify(workers)).not.toContain('host');
    expect(models).toEqual([MODEL, { ...MODEL, model: 'b' }]);
  });

  test('may have models whose names are as long as a configuration allows', async () => {
    const { workforce } = await openWorkforce();
    const model = { provider: `${'p'.repeat(250)}:8080`, model: 'm'.repeat(200) };
    await workforce.report({ id: 'a', started: 0, doing: { ...DOING, models: [model] } });
    expect(await workforce.look()).toMatchObject({ workers: [{ phase: 'working' }], models: [model] });
  });

  test('of a former release are there, and one that says what nobody understands', async () => {
    const { redis, workforce } = await openWorkforce();
    await workforce.report({ id: 'old', started: 0 });
    await workforce.report({ id: 'odd', started: 0 });
    await redis.hset(doingsKey(bench.prefix, QUEUE), 'odd', '{"phase":"dancing"}');
    const { workers } = await workforce.look();
    expect(workers).toMatchObject([{ phase: 'unknown', concurrency: null }, { phase: 'unknown' }]);
    expect((await workforce.read()).workers).toBe(2);
  });

  test('that are stopping are looked at, and do not count as workers', async () => {
    const { workforce } = await openWorkforce();
    await workforce.report({ id: 'a', started: 0, doing: DOING });
    await workforce.report({ id: 'a', started: 0, doing: { ...DOING, phase: 'stopping' } });
    expect((await workforce.read()).workers).toBe(0);
    expect((await workforce.look()).workers).toMatchObject([{ phase: 'stopping' }]);
    await workforce.leave('a');
    expect((await workforce.look()).workers).toEqual([]);
  });

  test('that are gone leave nothing behind', async () => {
    const { redis, secondsNow, workforce } = await openWorkforce();
    await workforce.report({ id: 'gone', started: 0, doing: DOING });
    await redis.zadd(workersKey(bench.prefix, QUEUE), (await secondsNow()) * 1_000 - 9_000, 'gone');
    await workforce.report({ id: 'a', started: 0, doing: DOING });
    expect(await redis.hkeys(doingsKey(bench.prefix, QUEUE))).toEqual(['a']);
    expect(await redis.pttl(doingsKey(bench.prefix, QUEUE))).toBeGreaterThan(0);
  });

  test('and others count what they do in spans that are added up and forgotten', async () => {
    const { redis, secondsNow, workforce } = await openWorkforce();
    const tallies = createTallies(redis, bench.prefix);
    const span = Math.floor((await secondsNow()) / 5);
    await redis.hset(talliesKey(bench.prefix, QUEUE), { [`${span - 20}:ended`]: 70, [`${span - 3}:ended`]: 4 });
    await workforce.report({ id: 'a', started: 3, counts: { ended: 2, 'pickup:3': 2 } });
    await tallies.note({ 'accept:0': 5, 'accept:2': 1 });
    const pace = await tallies.read();
    expect(pace.recent.reduce((sum, { ends }) => sum + ends, 0)).toBe(4);
    expect([pace.startsPerSecond > 0, pace.endsPerSecond > 0]).toEqual([true, true]);
    expect([pace.pickups[3], pace.accepts.slice(0, 3)]).toEqual([2, [5, 0, 1]]);
    expect(await redis.hexists(talliesKey(bench.prefix, QUEUE), `${span - 20}:ended`)).toBe(0);
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
