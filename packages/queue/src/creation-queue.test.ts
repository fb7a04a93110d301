import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId, Priority } from '@roleforge/contracts';
import { newCreationId } from '@roleforge/domain';
import { startStopwatch } from '@roleforge/testkit';
import { closeRedis, openCreationQueue, openRedis } from './index.ts';
import {
  aQueued,
  type Bench,
  openBench,
  orderOfTaking,
  positionOf,
  startTaking,
  told,
  until,
} from './queue.fixture.ts';

/** What restoring came to where nothing was out of step. */
const NOTHING = { restored: 0, reprioritized: 0, inHand: new Set<CreationId>() };

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

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
    expect(await orderOfTaking(bench, 8)).toEqual(expected.map(({ id }) => id));
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
    expect(await positionOf(queue, creation.id)).toBe(2);
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
    expect(await Promise.all(all.map(({ id }) => positionOf(queue, id)))).toEqual([1, 2, 3, null, null]);
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
    expect(await Promise.all([newer, older, urgent].map(({ id }) => positionOf(queue, id)))).toEqual([1, 2, 3]);
    expect(await orderOfTaking(bench, 3)).toEqual([newer.id, older.id, urgent.id]);
  });

  test('a delayed creation’s place is its time, and one that is not there has none', async () => {
    const queue = await bench.queue();
    const runAt = new Date(Date.now() + 3_600_000);
    const [waiting, later] = [aQueued(), aQueued('normal', runAt)];
    await queue.enqueue([waiting, later]);
    expect(await queue.place(waiting.id)).toEqual({ position: 1, notBefore: null, parked: false });
    const { position, notBefore } = await queue.place(later.id);
    expect(position).toBeNull();
    // The queue counts from when it was told.
    expect(Math.abs((notBefore?.getTime() ?? 0) - runAt.getTime())).toBeLessThan(1_000);
    expect(await queue.place(newCreationId(Date.now()))).toEqual({ position: null, notBefore: null, parked: false });
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
    expect(await positionOf(queue, creation.id)).toBeNull();
    gate.resolve();
  });

  test('a creation with a time to run at is not taken before it, and one whose time is past waits its turn', async () => {
    const queue = await bench.queue();
    const later = aQueued('urgent', new Date(Date.now() + 3_600_000));
    const past = aQueued('low', new Date(Date.now() - 60_000));
    await queue.enqueue([later, past]);
    expect(await (await queue.bull.getJob(later.id))?.getState()).toBe('delayed');
    expect(await positionOf(queue, past.id)).toBe(1);
    const taken = await startTaking(bench);
    expect(await taken.next()).toBe(past.id);
    const runAt = Date.now() + 200;
    await (await queue.bull.getJob(later.id))?.changeDelay(200);
    expect(await taken.next()).toBe(later.id);
    expect(Date.now()).toBeGreaterThanOrEqual(runAt);
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
    expect(await queue.restore([waiting, delayed, gone, never])).toEqual({ ...NOTHING, restored: 2 });
    expect(await Promise.all([gone, never, waiting].map(({ id }) => positionOf(queue, id)))).toEqual([1, 2, 3]);
    expect(await (await queue.bull.getJob(delayed.id))?.getState()).toBe('delayed');
    expect(await queue.restore([waiting, delayed, gone, never])).toEqual(NOTHING);
    expect(await queue.restore([])).toEqual(NOTHING);
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
    expect(await queue.restore([done, failed])).toEqual({ ...NOTHING, restored: 2 });
    expect(await queue.bull.getJobCounts('completed', 'failed', 'prioritized')).toEqual({
      completed: 0,
      failed: 0,
      prioritized: 2,
    });
    expect(await orderOfTaking(bench, 2)).toEqual([done.id, failed.id]);
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
    const otherwise = { ...creation, priority: 'urgent' } as const;
    expect(await queue.restore([otherwise])).toEqual({ ...NOTHING, inHand: new Set([creation.id]) });
    gate.resolve();
  });

  test('puts what was begun before in front of its class, and leaves it there', async () => {
    const queue = await bench.queue();
    const [fresh, begun] = [aQueued(), { ...aQueued(), attempts: 1 }];
    await queue.enqueue([fresh]);
    expect(await queue.restore([begun])).toEqual({ ...NOTHING, restored: 1 });
    expect(await positionOf(queue, begun.id)).toBe(1);
    expect(
      await queue.restore([
        { ...begun, attempts: 0 },
        { ...fresh, attempts: 3 },
      ]),
    ).toEqual(NOTHING);
  });

  test('mends the priority of what waits under another one, also of what waits for its time', async () => {
    const queue = await bench.queue();
    const soon = new Date(Date.now() + 300);
    const [first, second] = [aQueued('normal'), aQueued('low')];
    const [delayed, rival] = [aQueued('low', soon), aQueued('normal', soon)];
    await queue.enqueue([first, second, delayed, rival]);
    const wanted = [first, { ...second, priority: 'high' }, { ...delayed, priority: 'urgent' }] as const;
    expect(await queue.restore(wanted)).toEqual({ ...NOTHING, reprioritized: 2 });
    expect(await queue.restore(wanted)).toEqual(NOTHING);
    expect(await Promise.all([second, first].map(({ id }) => positionOf(queue, id)))).toEqual([1, 2]);
    const order = await orderOfTaking(bench, 4);
    expect(order.filter(id => [delayed.id, rival.id].includes(id))).toEqual([delayed.id, rival.id]);
  });
});

describe('putting creations at the end of their class', () => {
  test('brings them into the order given, wherever they were, and leaves the others before them', async () => {
    const queue = await bench.queue();
    const [a, b, c, other, later, never] = [
      aQueued(),
      aQueued(),
      aQueued(),
      aQueued(),
      aQueued('normal', new Date(Date.now() + 3_600_000)),
      aQueued(),
    ];
    await queue.enqueue([c, b, a, other, later]);
    await queue.requeue([a, b, c, { ...later, runAt: null }, never]);
    const order = [other, a, b, c, later, never];
    expect(await Promise.all(order.map(({ id }) => positionOf(queue, id)))).toEqual([1, 2, 3, 4, 5, 6]);
    await queue.requeue([]);
    expect(await queue.bull.getJobCounts('prioritized', 'delayed')).toEqual({ prioritized: 6, delayed: 0 });
  });

  test('keeps a page of five hundred in its order', async () => {
    const queue = await bench.queue();
    const page = Array.from({ length: 500 }, () => aQueued());
    await queue.enqueue(page.toReversed());
    await queue.requeue(page);
    const waiting = (await queue.bull.getPrioritized(0, -1)).map(({ id }) => id);
    expect(waiting).toEqual(page.map(({ id }) => id));
  });

  test('one that a worker has in hand stays with it, and is not there twice', async () => {
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
    await queue.requeue([creation]);
    expect(await queue.bull.getJobCounts('prioritized', 'active')).toEqual({ prioritized: 0, active: 1 });
    gate.resolve();
    await until(async () => (await queue.bull.getCompletedCount()) === 1);
  });
});

describe('what the queue holds', () => {
  test('is what waits, what waits for its time, and what runs; not what has finished', async () => {
    const queue = await bench.queue();
    const [done, failed, parked, running] = [aQueued('urgent'), aQueued('urgent'), aQueued('urgent'), aQueued('high')];
    const waiting = aQueued('low');
    const delayed = aQueued('normal', new Date(Date.now() + 3_600_000));
    const never = aQueued();
    await queue.enqueue([done, failed, parked, running, waiting, delayed]);
    const began = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    await bench.consumer(async ({ id }) => {
      if (id === done.id) return { kind: 'done' };
      if (id === failed.id) return { kind: 'failed', reason: 'draft_invalid' };
      if (id === parked.id) return { kind: 'park' };
      began.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    await began.next();
    const held = await queue.held([done, failed, parked, running, waiting, delayed, never].map(({ id }) => id));
    expect(held).toEqual(new Set([running, waiting, delayed].map(({ id }) => id)));
    expect(await queue.held([])).toEqual(new Set());
    expect(await queue.bull.getJob(parked.id)).toBeUndefined();
    gate.resolve();
  });

  test('all that waits is found, in whichever set it is, with its tenant', async () => {
    const queue = await bench.queue();
    const redis = await bench.redis();
    const many = Array.from({ length: 1_100 }, () => aQueued());
    const delayed = Array.from({ length: 600 }, () => aQueued('low', new Date(Date.now() + 3_600_000)));
    const [plain, running] = [aQueued(), aQueued('urgent')];
    await queue.enqueue([running]);
    const began = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    const consumer = await bench.consumer(async ({ id }) => {
      began.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    await began.next();
    await queue.enqueue([...many, ...delayed]);
    // Given back without a priority, as a former release's jobs were.
    const { id: jobId, tenantId, requestId, traceparent } = plain;
    await queue.bull.add('create-role', { version: 1, tenantId, requestId, traceparent }, { jobId });
    await queue.bull.add('create-role', { version: 99 }, { jobId: 'none-of-ours', priority: 5 });
    expect(await redis.llen(queue.bull.toKey('wait'))).toBe(1);
    const found = new Map<string, unknown>();
    for await (const page of queue.waiting()) for (const { jobId, creation } of page) found.set(jobId, creation);
    const expected = [...many, ...delayed, plain].map(({ id }) => [id, { id, tenantId }] as const);
    expect(found).toEqual(new Map<string, unknown>([...expected, ['none-of-ours', null]]));
    await queue.bull.remove(plain.id);
    const stopped = consumer.stop(10_000);
    gate.resolve();
    await stopped;
  });

  test('is taken off it, many at once, but for what a worker has in hand', async () => {
    const queue = await bench.queue();
    const running = aQueued('urgent');
    const many = Array.from({ length: 1_200 }, (_, n) => aQueued(n % 2 === 0 ? 'normal' : 'low'));
    const delayed = aQueued('normal', new Date(Date.now() + 3_600_000));
    const stays = aQueued('low');
    await queue.enqueue([running]);
    const began = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    const consumer = await bench.consumer(async ({ id }) => {
      began.tell(id);
      await gate.promise;
      return { kind: 'done' };
    });
    await began.next();
    await queue.enqueue([...many, delayed, stays]);
    await queue.remove(...[running, ...many, delayed, aQueued()].map(({ id }) => id));
    expect(await queue.bull.getJobCounts('prioritized', 'delayed', 'active')).toEqual({
      prioritized: 1,
      delayed: 0,
      active: 1,
    });
    expect(await positionOf(queue, stays.id)).toBe(1);
    await queue.remove();
    const stopped = consumer.stop(10_000);
    gate.resolve();
    await stopped;
  });
});

describe('another priority', () => {
  test('puts a creation at the end of its new class', async () => {
    const queue = await bench.queue();
    const [a, b, c, d] = [aQueued('high'), aQueued('high'), aQueued('low'), aQueued('normal')];
    await queue.enqueue([a, b, c, d]);
    await queue.changePriority(c.id, 'high');
    expect(await Promise.all([a, b, c, d].map(({ id }) => positionOf(queue, id)))).toEqual([1, 2, 3, 4]);
    await queue.changePriority(a.id, 'low');
    expect(await orderOfTaking(bench, 4)).toEqual([b.id, c.id, d.id, a.id]);
  });

  test('holds for one that waits for its time, when that has come', async () => {
    const queue = await bench.queue();
    const soon = new Date(Date.now() + 250);
    const [first, second] = [aQueued('normal', soon), aQueued('low', soon)];
    await queue.enqueue([first, second]);
    await queue.changePriority(second.id, 'urgent');
    expect(await (await queue.bull.getJob(second.id))?.getState()).toBe('delayed');
    expect(await orderOfTaking(bench, 2)).toEqual([second.id, first.id]);
  });

  test('of one that is not there is none', async () => {
    const queue = await bench.queue();
    await queue.changePriority(aQueued().id, 'urgent');
    expect(await queue.bull.getJobCounts('prioritized', 'delayed')).toEqual({ prioritized: 0, delayed: 0 });
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
    const watch = startStopwatch();
    await expect(queue.enqueue([aQueued()])).rejects.toThrow();
    await expect(queue.restore([aQueued()])).rejects.toThrow();
    await expect(positionOf(queue, aQueued().id)).rejects.toThrow();
    // Any one of them waiting for Redis would take longer.
    expect(watch.stop()).toBeLessThan(1_900);
  });
});
