import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationEvent, CreationId } from '@roleforge/contracts';
import { startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { createEventFeed, createEventLog, openRedis, pingRedis } from './index.ts';
import { aQueued, type Bench, happens, openBench, told, until } from './queue.fixture.ts';
import type { RedisUse } from './redis-options.ts';

let bench: Bench;
let proxy: TcpProxy;
beforeEach(async () => {
  bench = openBench();
  proxy = await startTcpProxy(testServers().redisUrl);
  bench.afterwards(() => proxy.close());
});
afterEach(() => bench.close());

/** What a failover or a firewall that forgets leaves behind: old connections stay open and never say a word again. */
function silence(): void {
  proxy.freeze();
  proxy.forget();
}

/** @param patienceMs less than a service has, so that nobody has to wait for it here */
async function open(use: RedisUse, patienceMs: number) {
  const redis = openRedis(proxy.url, use);
  Object.assign(redis.options, { socketTimeout: patienceMs });
  bench.afterwards(async () => redis.disconnect());
  await once(redis, 'ready');
  return redis;
}

describe('a connection that has fallen silent', () => {
  test('is made anew where requests go unanswered on it', async () => {
    const redis = await open('request', 100);
    silence();
    const back = happens(redis, 'ready');
    await expect(pingRedis(redis)).rejects.toThrow();
    await back;
    await pingRedis(redis);
  });

  test('is made anew where events are listened for: they come again', async () => {
    const listener = await open('listener', 100);
    const feed = createEventFeed(listener, bench.prefix);
    await feed.ready();
    const events = told<CreationEvent>();
    const { id } = aQueued();
    feed.listen(id, events.tell);
    const back = happens(listener, 'ready');
    silence();
    await back;
    const redis = await bench.redis();
    const log = createEventLog(redis, bench.prefix);
    const heard = events.next();
    let received = false;
    void heard.then(() => {
      received = true;
    });
    // Until it has subscribed again nobody hears.
    await until(async () => {
      await log.append(id, { type: 'role_creation.running', data: { status: 'running' } });
      return received;
    });
    expect(await heard).toMatchObject({ creationId: id });
  });

  test('is made anew where jobs are waited for, and those are taken', async () => {
    const queue = await bench.queue();
    const redis = await open('worker', 6_000);
    const taken = told<CreationId>();
    await bench.consumer(
      async ({ id }) => {
        taken.tell(id);
        return { kind: 'done' };
      },
      { redis, onError: () => {} },
    );
    const [before, after] = [aQueued(), aQueued()];
    await queue.enqueue([before]);
    expect(await taken.next()).toBe(before.id);
    silence();
    await queue.enqueue([after]);
    expect(await taken.next()).toBe(after.id);
  });
});

test.each([
  ['of a consumer for whom there is nothing to do', 'worker'],
  ['on which nothing is asked', 'request'],
  ['on which no events come', 'listener'],
] satisfies [string, RedisUse][])('a connection %s is kept', async (_, use) => {
  // A consumer waits for a job for five seconds at a time.
  const redis = await open(use, use === 'worker' ? 8_000 : 1_000);
  const ends: string[] = [];
  redis.on('close', () => ends.push('close'));
  if (use === 'worker') await bench.consumer(async () => ({ kind: 'done' }), { redis });
  if (use === 'listener') await createEventFeed(redis, bench.prefix).ready();
  else await pingRedis(redis);
  await new Promise(resolve => setTimeout(resolve, use === 'worker' ? 9_000 : 2_500));
  expect(ends).toEqual([]);
});
