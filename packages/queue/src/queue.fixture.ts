import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Priority, TenantId } from '@roleforge/contracts';
import { newCreationId, newTenantId } from '@roleforge/domain';
import { newQueuePrefix, testServers } from '@roleforge/testkit';
import {
  type CreationConsumer,
  type CreationHandler,
  type CreationQueue,
  closeRedis,
  openCreationQueue,
  openRedis,
  type QueuedCreation,
  startCreationConsumer,
} from './index.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisUse } from './redis-options.ts';

type ConsumerOptions = Partial<Omit<Parameters<typeof startCreationConsumer>[0], 'prefix' | 'handle'>>;

/** What one test has open on Redis, under a prefix of its own. */
export type Bench = {
  prefix: string;
  /** A connection that is ready for commands. */
  redis(use?: RedisUse): Promise<RedisConnection>;
  queue(): Promise<CreationQueue>;
  /** A way to Redis that can be cut, as if Redis were gone. */
  wayToCut(): Promise<{ url: string; cut(): void }>;
  /** A consumer that takes jobs; an error that the test does not expect fails it when the bench is closed. */
  consumer(handle: CreationHandler, options?: ConsumerOptions): Promise<CreationConsumer>;
  /** Has `release` called when the test is over. */
  afterwards(release: () => Promise<unknown>): void;
  close(): Promise<void>;
};

export function openBench(): Bench {
  const prefix = newQueuePrefix();
  const releases: (() => Promise<unknown>)[] = [];
  const unexpected: Error[] = [];
  const bench: Bench = {
    prefix,
    async redis(use = 'request') {
      const redis = openRedis(testServers().redisUrl, use);
      releases.push(() => closeRedis(redis));
      await once(redis, 'ready');
      return redis;
    },
    async queue() {
      const queue = openCreationQueue(await bench.redis(), prefix);
      releases.push(() => queue.close());
      return queue;
    },
    async wayToCut() {
      const { hostname, port, password } = new URL(testServers().redisUrl);
      const sockets: Socket[] = [];
      const server = createServer(near => {
        const far = connect(Number(port), hostname);
        for (const socket of [near, far]) sockets.push(socket.on('error', () => {}));
        near.pipe(far).pipe(near);
      });
      const cut = () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      };
      releases.push(async () => cut());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { url: `redis://:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
    },
    async consumer(handle, options = {}) {
      const consumer = startCreationConsumer({
        redis: options.redis ?? (await bench.redis('worker')),
        prefix,
        concurrency: 1,
        lockMs: 30_000,
        handle,
        onInvalid: (_, error) => unexpected.push(error),
        onLost: complaint => unexpected.push(complaint),
        onError: error => unexpected.push(error),
        ...options,
      });
      releases.push(() => consumer.stop(0));
      await consumer.ready();
      return consumer;
    },
    afterwards: release => void releases.push(release),
    async close() {
      for (const release of releases.splice(0).toReversed()) await release();
      if (unexpected.length > 0) throw new AggregateError(unexpected, `Not expected: ${unexpected.join('; ')}`);
    },
  };
  return bench;
}

/** 1 for the creation that is taken next; null where it does not wait its turn. */
export async function positionOf(queue: CreationQueue, id: QueuedCreation['id']): Promise<number | null> {
  return (await queue.place(id)).position;
}

const TENANT: TenantId = newTenantId();

/** A creation as it is put on the queue. */
export function aQueued(
  priority: Priority = 'normal',
  runAt: Date | null = null,
  tenantId: TenantId = TENANT,
): QueuedCreation {
  const id = newCreationId(Date.now());
  return { id, tenantId, requestId: 'req-1', traceparent: null, priority, attempts: 0, runAt };
}

/** What was told, in order, a wait for what is told next, and how much of it nobody has waited for. */
export type Told<T> = { tell(value: T): void; next(): Promise<T>; unread(): number };

export function told<T>(): Told<T> {
  const unread: T[] = [];
  const readers: ((value: T) => void)[] = [];
  return {
    tell(value) {
      const reader = readers.shift();
      if (reader === undefined) unread.push(value);
      else reader(value);
    },
    next: () =>
      new Promise(resolve => {
        const value = unread.shift();
        if (value === undefined) readers.push(resolve);
        else resolve(value);
      }),
    unread: () => unread.length,
  };
}

/** Takes jobs, one after the other, and tells of each. */
export async function startTaking(bench: Bench): Promise<Told<QueuedCreation['id']>> {
  const taken = told<QueuedCreation['id']>();
  await bench.consumer(async ({ id }) => {
    taken.tell(id);
    return { kind: 'done' };
  });
  return taken;
}

/** The order in which so many jobs are taken. */
export async function orderOfTaking(bench: Bench, count: number): Promise<QueuedCreation['id'][]> {
  const taken = await startTaking(bench);
  const order: QueuedCreation['id'][] = [];
  while (order.length < count) order.push(await taken.next());
  return order;
}

/** Resolves when `holds` does, which asks Redis each time. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

/** Resolves when the event has come so often. Other than `once`, it does not mind the errors between. */
export function happens(redis: RedisConnection, event: string, times = 1): Promise<void> {
  let left = times;
  return new Promise(resolve => {
    redis.on(event, () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
}

/** Ends connections from the server's side. */
export async function kill(by: RedisConnection, ids: (number | string)[]): Promise<void> {
  for (const id of ids) await by.client('KILL', 'ID', id);
}
