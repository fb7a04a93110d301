import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId, Priority } from '@roleforge/contracts';
import { newCreationId } from '@roleforge/domain';
import { closeRedis, openCreationQueue, openRedis } from './index.ts';
import { aQueued, type Bench, openBench, told } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

/** Takes this many jobs and tells in which order they came. */
async function orderOfTaking(count: number): Promise<CreationId[]> {
  const taken = told<CreationId>();
  await bench.consumer(async ({ id }) => {
    taken.tell(id);
    return { kind: 'done' };
  });
  const order: CreationId[] = [];
  while (order.length < count) order.push(await taken.next());
  return order;
}

describe('the creations’ queue', () => {
  test('serves urgent before high before normal before low, and each class in order of arrival', async () => {
    const queue = await bench.queue();
    const arrivals = (['low', 'normal', 'urgent', 'high', 'normal', 'low', 'urgent', 'high'] as Priority[]).map(p =>
      aQueued(p),
    );
    for (const creation of arrivals.slice(0, 4)) await queue.enqueue([creation]);
    await queue.enqueue(arrivals.slice(4));
    const expected = ['urgent', 'high', 'normal', 'low'].flatMap(p =>
      arrivals.filter(({ priority }) => priority === p),
    );
    expect(await orderOfTaking(8)).toEqual(expected.map(({ id }) => id));
  });

  test('a creation that is put on it again is there once, as it was', async () => {
    const queue = await bench.queue();
    const creation = aQueued('low');
    const other = aQueued('normal');
    await queue.enqueue([creation, other]);
    await queue.enqueue([{ ...creation, priority: 'urgent' }, creation]);
    expect(await queue.bull.getJobCounts('prioritized', 'waiting', 'delayed')).toMatchObject({
      prioritized: 2,
      waiting: 0,
      delayed: 0,
    });
    expect(await queue.position(creation.id)).toBe(2);
  });

  test('putting nothing on it is harmless', async () => {
    await (await bench.queue()).enqueue([]);
  });

  test('position counts from the one that is taken next; it is null for what does not wait its turn', async () => {
    const queue = await bench.queue();
    const [low, high, normal] = [aQueued('low'), aQueued('high'), aQueued('normal')];
    const later = aQueued('urgent', new Date(Date.now() + 3_600_000));
    await queue.enqueue([low, high, normal, later]);
    const all = [high, normal, low, later, { id: newCreationId(Date.now()) }];
    expect(await Promise.all(all.map(({ id }) => queue.position(id)))).toEqual([1, 2, 3, null, null]);
  });

  test('what has stalled is taken before all others, and counted before them', async () => {
    const queue = await bench.queue();
    const redis = await bench.redis();
    const [urgent, older, newer] = [aQueued('urgent'), aQueued('low'), aQueued('low')];
    await queue.enqueue([urgent, older, newer]);
    // As BullMQ puts back a job whose worker has died.
    for (const { id } of [older, newer]) {
      await redis.zrem(queue.bull.toKey('prioritized'), id);
      await redis.rpush(queue.bull.toKey('wait'), id);
    }
    expect(await Promise.all([newer, older, urgent].map(({ id }) => queue.position(id)))).toEqual([1, 2, 3]);
    expect(await orderOfTaking(3)).toEqual([newer.id, older.id, urgent.id]);
  });

  test('a delayed creation’s place is its time, and one that is not there has none', async () => {
    const queue = await bench.queue();
    const runAt = new Date(Date.now() + 3_600_000);
    const [waiting, later] = [aQueued(), aQueued('normal', runAt)];
    await queue.enqueue([waiting, later]);
    expect(await queue.place(waiting.id)).toEqual({ position: 1, notBefore: null });
    const { position, notBefore } = await queue.place(later.id);
    expect(position).toBeNull();
    // The queue counts from when it was told.
    expect(Math.abs((notBefore?.getTime() ?? 0) - runAt.getTime())).toBeLessThan(1_000);
    expect(await queue.place(newCreationId(Date.now()))).toEqual({ position: null, notBefore: null });
  });

  test('a running creation has no position', async () => {
    const queue = await bench.queue();
    const creation = aQueued();
    const running = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    await bench.consumer(async ({ id }) => {
      running.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    await queue.enqueue([creation]);
    await running.next();
    expect(await queue.position(creation.id)).toBeNull();
    gate.resolve();
  });

  test('a creation with a time to run at is not taken before it, and one whose time is past waits its turn', async () => {
    const queue = await bench.queue();
    const runAt = new Date(Date.now() + 300);
    const later = aQueued('urgent', runAt);
    const past = aQueued('low', new Date(Date.now() - 60_000));
    await queue.enqueue([later, past]);
    expect(await (await queue.bull.getJob(later.id))?.getState()).toBe('delayed');
    expect(await queue.position(past.id)).toBe(1);
    expect(await orderOfTaking(2)).toEqual([past.id, later.id]);
    expect(Date.now()).toBeGreaterThanOrEqual(runAt.getTime());
  });
});

describe('restoring what waits in the ledger', () => {
  test('puts back what is gone and leaves what is there', async () => {
    const queue = await bench.queue();
    const [waiting, delayed, gone, never] = [
      aQueued('normal'),
      aQueued('normal', new Date(Date.now() + 3_600_000)),
      aQueued('urgent'),
      aQueued('high'),
    ];
    await queue.enqueue([waiting, delayed, gone]);
    await queue.bull.remove(gone.id);
    expect(await queue.restore([waiting, delayed, gone, never])).toEqual({ restored: 2, reprioritized: 0 });
    expect(await Promise.all([gone, never, waiting].map(({ id }) => queue.position(id)))).toEqual([1, 2, 3]);
    expect(await (await queue.bull.getJob(delayed.id))?.getState()).toBe('delayed');
    expect(await queue.restore([waiting, delayed, gone, never])).toEqual({ restored: 0, reprioritized: 0 });
    expect(await queue.restore([])).toEqual({ restored: 0, reprioritized: 0 });
  });

  test('puts back what is there only as finished, whether done or failed', async () => {
    const queue = await bench.queue();
    const [done, failed] = [aQueued(), aQueued()];
    await queue.enqueue([done, failed]);
    const handled = told<CreationId>();
    const consumer = await bench.consumer(async ({ id }) => {
      handled.tell(id);
      return id === done.id ? { kind: 'done' } : { kind: 'failed', reason: 'draft_invalid' };
    });
    await handled.next();
    await handled.next();
    await consumer.stop(10_000);
    expect(await queue.bull.getJobCounts('completed', 'failed')).toEqual({ completed: 1, failed: 1 });
    expect(await queue.restore([done, failed])).toEqual({ restored: 2, reprioritized: 0 });
    expect(await queue.bull.getJobCounts('completed', 'failed', 'prioritized')).toEqual({
      completed: 0,
      failed: 0,
      prioritized: 2,
    });
    expect(await orderOfTaking(2)).toEqual([done.id, failed.id]);
  });

  test('leaves a creation that is being worked on', async () => {
    const queue = await bench.queue();
    const creation = aQueued();
    const running = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    await bench.consumer(async ({ id }) => {
      running.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    await queue.enqueue([creation]);
    await running.next();
    expect(await queue.restore([creation])).toEqual({ restored: 0, reprioritized: 0 });
    gate.resolve();
  });
});

describe('a Redis that is away', () => {
  test('fails a request’s call at once, whichever it is', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const redis = openRedis(`redis://127.0.0.1:${port}`, 'request');
    const queue = openCreationQueue(redis, bench.prefix);
    bench.afterwards(() => closeRedis(redis));
    bench.afterwards(() => queue.close());
    const before = performance.now();
    await expect(queue.enqueue([aQueued()])).rejects.toThrow();
    await expect(queue.restore([aQueued()])).rejects.toThrow();
    await expect(queue.position(aQueued().id)).rejects.toThrow();
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
