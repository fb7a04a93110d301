import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { type CreationQueue, closeRedis, type JobOutcome, openRedis } from './index.ts';
import { aQueued, type Bench, happens, openBench, positionOf, told } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
});
afterEach(() => bench.close());

const stateOf = async (id: string) => (await queue.bull.getJob(id))?.getState();

describe('stopping', () => {
  /** A consumer with one job in hand, which ends as `answer` says when told to stop or when let go. */
  async function withOneInHand(answer: JobOutcome) {
    const creation = aQueued();
    const letGo = Promise.withResolvers<void>();
    const inHand = told<AbortSignal>();
    const consumer = await bench.consumer(async (_, signal) => {
      inHand.tell(signal);
      await Promise.race([letGo.promise, signal.aborted || once(signal, 'abort')]);
      return answer;
    });
    await queue.enqueue([creation]);
    return { creation, consumer, letGo: letGo.resolve, signal: await inHand.next() };
  }

  test('waits for what is in hand and takes no more', async () => {
    const { creation, consumer, letGo, signal } = await withOneInHand({ kind: 'done' });
    expect(consumer.running()).toBe(1);
    const next = aQueued();
    await queue.enqueue([next]);
    const stopped = consumer.stop(60_000);
    letGo();
    await stopped;
    expect(consumer.running()).toBe(0);
    expect(signal.aborted).toBe(false);
    expect([await stateOf(creation.id), await stateOf(next.id)]).toEqual(['completed', 'prioritized']);
  });

  test('asks what is in hand to stop after the grace, and it goes back for another consumer', async () => {
    const { creation, consumer, signal } = await withOneInHand({ kind: 'giveBack' });
    await consumer.stop(50);
    expect(signal.reason).toBe('stopping');
    expect(consumer.running()).toBe(0);
    expect(await positionOf(queue, creation.id)).toBe(1);
    const taken = told<CreationId>();
    await bench.consumer(async ({ id }) => {
      taken.tell(id);
      return { kind: 'done' };
    });
    expect(await taken.next()).toBe(creation.id);
  });

  test('while Redis is away waits for the handler’s answer, but not for Redis', async () => {
    const way = await bench.wayToCut();
    const redis = openRedis(way.url, 'worker');
    bench.afterwards(() => closeRedis(redis));
    const told = Promise.withResolvers<AbortSignal>();
    let answered = false;
    const consumer = await bench.consumer(
      async (_, signal) => {
        told.resolve(signal);
        await once(signal, 'abort');
        answered = true;
        return { kind: 'giveBack' };
      },
      { redis, concurrency: 2, onError: () => {} },
    );
    await queue.enqueue([aQueued()]);
    const signal = await told.promise;
    const away = happens(redis, 'reconnecting', 2);
    way.cut();
    await away;
    await consumer.stop(50);
    expect([answered, signal.reason]).toEqual([true, 'stopping']);
  });

  test('a job that was on its way when the stop began goes back unseen', async () => {
    const seen = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    const consumer = await bench.consumer(async ({ id }) => {
      seen.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    const [first, second, third] = [aQueued(), aQueued(), aQueued()];
    await queue.enqueue([first, second, third]);
    expect(await seen.next()).toBe(first.id);
    gate.resolve();
    // With the end of the first job the consumer asks for the next, and cannot have it yet.
    await new Promise(setImmediate);
    await consumer.stop(0);
    expect(await stateOf(first.id)).toBe('completed');
    expect(await Promise.all([second, third].map(({ id }) => positionOf(queue, id)))).toEqual([1, 2]);
  });

  test('under a stream of jobs leaves none behind as running, and none starts after it began', async () => {
    const creations = Array.from({ length: 300 }, () => aQueued());
    await queue.enqueue(creations);
    const late: CreationId[] = [];
    const seen = told<CreationId>();
    let stopping = false;
    const consumer = await bench.consumer(
      async ({ id }) => {
        if (stopping) late.push(id);
        seen.tell(id);
        return { kind: 'done' };
      },
      { concurrency: 20 },
    );
    for (let count = 0; count < 60; count += 1) await seen.next();
    stopping = true;
    await consumer.stop(0);
    expect(late).toEqual([]);
    const counts = await queue.bull.getJobCounts('active', 'completed', 'prioritized', 'failed', 'waiting', 'delayed');
    expect(counts).toMatchObject({ active: 0, failed: 0, waiting: 0, delayed: 0 });
    expect((counts.completed ?? 0) + (counts.prioritized ?? 0)).toBe(300);
  });

  test('with nothing in hand ends at once, twice as well as once', async () => {
    const consumer = await bench.consumer(async () => ({ kind: 'done' }));
    await consumer.stop(60_000);
    await consumer.stop(60_000);
  });
});
