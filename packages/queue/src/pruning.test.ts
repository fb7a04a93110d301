import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { newCreationId } from '@roleforge/domain';
import { type CreationQueue, createEventLog, type JobOutcome, type NewEvent } from './index.ts';
import { aQueued, type Bench, openBench, until } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
});
afterEach(() => bench.close());

const HOUR_MS = 3_600_000;

/** Jobs that have come to this end. */
async function finished(count: number, outcome: JobOutcome): Promise<CreationId[]> {
  const creations = Array.from({ length: count }, () => aQueued());
  await queue.enqueue(creations);
  const consumer = await bench.consumer(async () => outcome);
  const ids = creations.map(({ id }) => id);
  await until(async () => (await Promise.all(ids.map(id => queue.bull.getJobState(id)))).every(isFinished));
  await consumer.stop(0);
  return ids;
}

/** Makes it look as if the jobs had come to their ends so many hours ago. */
async function age(state: 'completed' | 'failed', ids: CreationId[], hours: number[]): Promise<void> {
  const redis = await bench.redis();
  for (const [n, id] of ids.entries())
    await redis.zadd(queue.bull.toKey(state), Math.round(Date.now() - (hours[n] ?? 0) * HOUR_MS), id);
}

const isFinished = (state: string) => state === 'completed' || state === 'failed';
const there = async (ids: CreationId[]) => {
  const jobs = await Promise.all(ids.map(id => queue.bull.getJob(id)));
  return ids.filter((_, index) => jobs[index] !== undefined);
};

describe('finished jobs', () => {
  test('go an hour after they were done, and a day after they failed', async () => {
    const done = await finished(2, { kind: 'done' });
    const failed = await finished(2, { kind: 'failed', reason: 'draft_invalid' });
    await age('completed', done, [1.1, 0.9]);
    await age('failed', failed, [25, 23]);
    const waiting = aQueued();
    await queue.enqueue([waiting]);
    expect(await queue.prune(100)).toBe(2);
    expect(await there([...done, ...failed, waiting.id])).toEqual([done[1], failed[1], waiting.id]);
    expect(await queue.prune(100)).toBe(0);
  });

  test('go the oldest first, no more at a time than was said', async () => {
    const done = await finished(5, { kind: 'done' });
    await age('completed', done, [6, 5, 4, 3, 2]);
    expect(await queue.prune(2)).toBe(2);
    expect(await there(done)).toEqual(done.slice(2));
    expect(await queue.prune(4)).toBe(3);
    expect(await there(done)).toEqual([]);
  });

  test('where there are none, nothing is written', async () => {
    await queue.enqueue([aQueued()]);
    const redis = await bench.redis();
    const before = await redis.xlen(queue.bull.toKey('events'));
    await queue.prune(100);
    expect(await redis.xlen(queue.bull.toKey('events'))).toBe(before);
  });
});

describe('event logs', () => {
  test('are removed by their creations, however many, and no others', async () => {
    const redis = await bench.redis();
    const log = createEventLog(redis, bench.prefix);
    const event: NewEvent = { type: 'role_creation.running', data: { status: 'running' } };
    const ids = Array.from({ length: 1_205 }, () => newCreationId(Date.now()));
    const [kept, ...removed] = ids as [CreationId, ...CreationId[]];
    await Promise.all(ids.map(id => log.append(id, event)));
    await log.remove(removed);
    await log.remove([]);
    expect(await redis.keys(`${bench.prefix}:events:*`)).toEqual([expect.stringContaining(kept)]);
    expect(await log.read(kept, 0)).toHaveLength(1);
  });

  test('whatever is appended, expire by themselves', async () => {
    const redis = await bench.redis();
    const log = createEventLog(redis, bench.prefix);
    const id = newCreationId(Date.now());
    const types = ['running', 'queued', 'held', 'progress', 'section', 'succeeded', 'failed', 'cancelled', 'expired'];
    for (const type of types) {
      await redis.del(`${bench.prefix}:events:{${id}}`);
      // What an event holds is checked where it is read.
      await log.append(id, { type: `role_creation.${type}`, data: {} } as NewEvent);
      const [key = '', ...others] = await redis.keys(`${bench.prefix}:events:*`);
      expect(others).toEqual([]);
      expect([type, (await redis.ttl(key)) > 0]).toEqual([type, true]);
    }
  });

  test('are not said to be removed when Redis does not answer', async () => {
    const redis = await bench.redis();
    const log = createEventLog(redis, bench.prefix);
    redis.disconnect();
    await expect(log.remove([newCreationId(Date.now())])).rejects.toThrow();
  });
});
