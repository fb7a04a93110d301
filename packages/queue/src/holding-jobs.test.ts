import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import type { CreationQueue } from './index.ts';
import { aQueued, type Bench, kill, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
});
afterEach(() => bench.close());

const stateOf = async (id: string) => (await queue.bull.getJob(id))?.getState();
const becomes = (id: string, state: string) => until(async () => (await stateOf(id)) === state);

describe('holding a job', () => {
  test('a job that takes longer than its lock lasts keeps it', async () => {
    const creation = aQueued();
    const redis = await bench.redis();
    const letGo = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    await bench.consumer(
      async (_, signal) => {
        signals.push(signal);
        await letGo.promise;
        return { kind: 'done' };
      },
      // As long as a busy machine may hold the test up without its being lost.
      { lockMs: 3_000, concurrency: 2 },
    );
    await queue.enqueue([creation]);
    const lock = `${queue.bull.toKey(creation.id)}:lock`;
    // Its time to live goes up only where the lock is renewed.
    for (let renewals = 0, last = Number.POSITIVE_INFINITY; renewals < 2; ) {
      const left = await redis.pttl(lock);
      if (left > last) renewals += 1;
      last = left;
    }
    letGo.resolve();
    await becomes(creation.id, 'completed');
    expect(signals.map(signal => signal.aborted)).toEqual([false]);
  });

  test('a job whose lock is lost is told so, and is taken again', async () => {
    const creation = aQueued();
    const redis = await bench.redis();
    const signals = told<AbortSignal>();
    const losses: string[] = [];
    const consumer = await bench.consumer(
      async (_, signal) => {
        const first = (await queue.bull.getJob(creation.id))?.attemptsStarted === 1;
        signals.tell(signal);
        if (!first) return { kind: 'done' };
        await once(signal, 'abort');
        return { kind: 'drop' };
      },
      { lockMs: 400, onLost: ({ message }) => losses.push(message) },
    );
    await queue.enqueue([creation]);
    const first = await signals.next();
    const aborted = once(first, 'abort');
    await redis.del(`${queue.bull.toKey(creation.id)}:lock`);
    await aborted;
    expect(first.reason).toBe('lock_lost');
    await signals.next();
    await becomes(creation.id, 'completed');
    await consumer.stop(10_000);
    expect(losses).toEqual([`could not renew lock for job ${creation.id}`]);
  });

  test('jobs are taken again after the server ended the consumer’s connections', async () => {
    const taken = told<CreationId>();
    const redis = await bench.redis();
    const worker = await bench.redis('worker');
    await bench.consumer(
      async ({ id }) => {
        taken.tell(id);
        return { kind: 'done' };
      },
      { redis: worker, onError: () => {} },
    );
    const [before, after] = [aQueued(), aQueued()];
    await queue.enqueue([before]);
    expect(await taken.next()).toBe(before.id);
    const list = (await redis.client('LIST')) as string;
    const own = list.split('\n').filter(line => line.includes(`name={${bench.prefix}`));
    expect(own.length).toBeGreaterThan(0);
    await kill(
      redis,
      own.map(line => /^id=(\d+)/.exec(line)?.[1] ?? ''),
    );
    await queue.enqueue([after]);
    expect(await taken.next()).toBe(after.id);
  });
});
