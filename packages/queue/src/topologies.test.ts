import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTcpProxy, testServers } from '@roleforge/testkit';
import { Cluster } from 'ioredis';
import { EndingRedis } from './ending-clients.ts';
import { closeRedis, openRedis, pingRedis } from './index.ts';
import { listenToCluster } from './listening-connection.ts';
import { type Bench, happens, openBench } from './queue.fixture.ts';

/* What holds of every topology while nobody is there. Real clusters and sentinels are in tests/operations. */

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

describe.each([
  ['redis://127.0.0.1:1', 1],
  // Of each node, and of them all.
  ['redis+cluster://127.0.0.1:1,127.0.0.1:2', 3],
  ['redis+sentinel://127.0.0.1:1/main', 1],
])('a connection to %s, where nobody is,', (url, parts) => {
  test('fails at once inside a request, and tells of it once', async () => {
    const troubles: Error[] = [];
    const redis = openRedis(url, 'request', error => troubles.push(error));
    bench.afterwards(() => closeRedis(redis));
    await expect(pingRedis(redis)).rejects.toThrow();
    await happens(redis, 'error', 3);
    await expect(pingRedis(redis)).rejects.toThrow();
    expect(troubles).toHaveLength(parts);
  });

  test.each(['worker', 'listener'] as const)('is closed as a %s: it says so, and answers what waits', async use => {
    const redis = openRedis(url, use);
    await happens(redis, 'error', 2);
    const answer = expect(pingRedis(redis)).rejects.toThrow();
    const ended = happens(redis, 'end');
    await closeRedis(redis);
    await Promise.all([answer, ended]);
    expect(redis.status).toBe('end');
    await expect(pingRedis(redis)).rejects.toThrow();
  });

  test('is closed before it has begun, and twice', async () => {
    const redis = openRedis(url, 'worker');
    const ended = happens(redis, 'end');
    await closeRedis(redis);
    await ended;
    await closeRedis(redis);
    expect(redis.status).toBe('end');
  });

  test('is closed as BullMQ’s copy of it for waiting', async () => {
    const redis = openRedis(url, 'worker');
    bench.afterwards(() => closeRedis(redis));
    const copy = redis instanceof Cluster ? redis.duplicate() : redis.duplicate();
    await happens(copy, 'error');
    const ended = happens(copy, 'end');
    copy.disconnect();
    await ended;
  });
});

test('a listener of a cluster goes on to the next node when its own is gone', async () => {
  const { hostname: host, port, password } = new URL(testServers().redisUrl);
  const proxy = await startTcpProxy(testServers().redisUrl);
  bench.afterwards(() => proxy.close());
  const [first, second] = [
    { host: '127.0.0.1', port: Number(new URL(proxy.url).port) },
    { host, port: Number(port) },
  ];
  const redis = listenToCluster(new EndingRedis({ ...first, password }), [first, second]);
  redis.on('error', () => {});
  bench.afterwards(() => closeRedis(redis));
  await happens(redis, 'ready');
  const back = happens(redis, 'ready');
  await proxy.close();
  await back;
  expect(redis.options.port).toBe(second.port);
});
