import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newCreationId, newTenantId } from '@roleforge/domain';
import {
  type CreationHandler,
  type CreationQueue,
  closeRedis,
  createWorkforce,
  openCreationQueue,
  openRedis,
  startCreationConsumer,
  type Workforce,
} from '@roleforge/queue';
import { newQueuePrefix, startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { type Presence, startPresence } from './presence.ts';

const closes: (() => unknown)[] = [];
let prefix: string;
let proxy: TcpProxy;
let queue: CreationQueue;
let workforce: Workforce;
beforeEach(async () => {
  const { redisUrl } = testServers();
  prefix = newQueuePrefix();
  proxy = await startTcpProxy(redisUrl);
  closes.push(() => proxy.close());
  const redis = openRedis(redisUrl, 'request');
  closes.push(() => closeRedis(redis));
  await once(redis, 'ready');
  queue = openCreationQueue(redis, prefix);
  closes.push(() => queue.close());
  workforce = createWorkforce(redis, prefix);
});
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

const T0 = Date.parse('2031-05-05T12:00:00Z');
let now = T0;
const later = (seconds: number) => {
  now += seconds * 1_000;
};
const reads: (() => void)[] = [];
const clock = () => {
  for (const read of reads.splice(0)) read();
  return new Date(now);
};

/** A consumer behind the proxy, whose connection never gives up by itself, and its presence, over one that is well. */
async function openPresence(handle: CreationHandler, through: Workforce = workforce) {
  const redis = openRedis(proxy.url, 'worker');
  Object.assign(redis.options, { socketTimeout: undefined });
  closes.push(() => redis.disconnect());
  const consumer = startCreationConsumer({
    redis,
    prefix,
    concurrency: 1,
    lockMs: 30_000,
    handle,
    onInvalid() {},
    onLost() {},
    onError() {},
  });
  closes.push(() => {
    redis.disconnect();
    return consumer.stop(0);
  });
  await consumer.ready();
  const presence = startPresence({ workforce: through, consumer, concurrency: 1, clock, everyMs: 10 });
  closes.push(() => presence.stop());
  return { consumer, presence };
}

/** Resolves after a report that was begun from now on has been answered. */
async function reported(): Promise<void> {
  for (let report = 0; report < 2; report += 1) await new Promise<void>(resolve => reads.push(resolve));
}

const enqueue = (count: number) => {
  const creation = {
    tenantId: newTenantId(),
    requestId: 'r',
    traceparent: null,
    priority: 'normal',
    attempts: 0,
    runAt: null,
  } as const;
  return queue.enqueue(Array.from({ length: count }, () => ({ ...creation, id: newCreationId(Date.now()) })));
};

async function starves(presence: Presence): Promise<void> {
  await reported();
  later(6);
  await reported();
  expect(presence.finding()).toEqual({ status: 'takes nothing while jobs wait', since: new Date(now - 6_000) });
}

describe('a worker’s presence', () => {
  test('a consumer whose own connections are dead is found out, though all others are well', async () => {
    const { presence } = await openPresence(async () => ({ kind: 'done' }));
    proxy.freeze();
    await enqueue(2);
    await starves(presence);
  });

  test('a consumer with full hands is well, however long that lasts', async () => {
    const gate = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    const { presence } = await openPresence(async () => {
      taken.resolve();
      await gate.promise;
      return { kind: 'done' };
    });
    await enqueue(3);
    await taken.promise;
    await reported();
    later(60);
    await reported();
    expect(presence.finding()).toBeNull();
    gate.resolve();
  });

  test('a Redis that does not answer the reports is told of, and forgotten when it answers', async () => {
    let away = false;
    const answering: Workforce = {
      ...workforce,
      report: report => (away ? Promise.reject() : workforce.report(report)),
    };
    const { presence } = await openPresence(async () => ({ kind: 'done' }), answering);
    await reported();
    const seen = new Date(now);
    away = true;
    later(6);
    expect(presence.finding()).toEqual({ status: 'cannot see the queue', since: seen });
    away = false;
    await reported();
    expect(presence.finding()).toBeNull();
  });

  test('what was started is counted once, also where a report was not answered', async () => {
    const { promise: took, resolve } = Promise.withResolvers<void>();
    const told: number[] = [];
    const { promise: all, resolve: toldAll } = Promise.withResolvers<void>();
    const counting: Workforce = {
      ...workforce,
      async report({ started }) {
        if (started === 0 && told.length === 0) return 0;
        told.push(started);
        if (told.length === 1) throw new Error('no answer');
        if (told.length === 3) toldAll();
        return 0;
      },
    };
    await enqueue(1);
    await openPresence(async () => {
      resolve();
      return { kind: 'done' };
    }, counting);
    await took;
    await all;
    expect(told).toEqual([1, 1, 0]);
  });

  test('it is one of the workers from its first report until it stops', async () => {
    const { presence } = await openPresence(async () => ({ kind: 'done' }));
    await reported();
    expect((await workforce.read()).workers).toBe(1);
    presence.stop();
    while ((await workforce.read()).workers > 0);
  });
});
