import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTcpProxy, testServers } from '@roleforge/testkit';
import { closeRedis, connectedRedis, openRedis, pingRedis } from './index.ts';
import { type Bench, happens, kill, openBench } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

/** A port where nobody listens. */
const NOBODY = 'redis://127.0.0.1:1';

describe('a connection to Redis', () => {
  test.each(['request', 'worker'] as const)('for a %s comes back after the server ended it', async use => {
    const killer = await bench.redis();
    const redis = await bench.redis(use);
    for (let round = 0; round < 2; round += 1) {
      const back = once(redis, 'ready');
      await kill(killer, [await redis.client('ID')]);
      await back;
      await pingRedis(redis);
    }
  });

  test('tells of an outage once, and of the next one again', async () => {
    const killer = await bench.redis();
    const troubles: Error[] = [];
    const redis = openRedis(NOBODY, 'request', error => troubles.push(error));
    bench.afterwards(() => closeRedis(redis));
    await happens(redis, 'reconnecting', 3);
    expect(troubles).toHaveLength(1);

    const { hostname, port, password } = new URL(testServers().redisUrl);
    Object.assign(redis.options, { host: hostname, port: Number(port), password });
    await happens(redis, 'ready');
    const id = await redis.client('ID');
    Object.assign(redis.options, { port: 1 });
    await kill(killer, [id]);
    await happens(redis, 'reconnecting', 3);
    expect(troubles).toHaveLength(2);
  });

  test('is waited for until it is up: then the first command of one that fails at once does not fail', async () => {
    const redis = openRedis(testServers().redisUrl, 'request');
    bench.afterwards(() => closeRedis(redis));
    await expect(pingRedis(redis)).rejects.toThrow();
    expect(await connectedRedis(redis, 20_000)).toBe(true);
    await pingRedis(redis);
    expect(await connectedRedis(redis, 0)).toBe(true);
  });

  test('is not waited for where nobody listens, nor for ever where nobody answers', async () => {
    const away = openRedis(NOBODY, 'request');
    bench.afterwards(() => closeRedis(away));
    expect(await connectedRedis(away, 20_000)).toBe(false);
    const proxy = await startTcpProxy(testServers().redisUrl);
    bench.afterwards(proxy.close);
    proxy.freeze();
    const silent = openRedis(proxy.url, 'request');
    bench.afterwards(() => closeRedis(silent));
    expect(await connectedRedis(silent, 50)).toBe(false);
  });

  test('is closed twice as well as once', async () => {
    const redis = await bench.redis();
    const ended = happens(redis, 'end');
    await closeRedis(redis);
    await ended;
    await closeRedis(redis);
    expect(redis.status).toBe('end');
  });

  test('is closed while Redis is away: it says so, answers what waits, and does not try again', async () => {
    const redis = openRedis(NOBODY, 'worker');
    await happens(redis, 'reconnecting');
    const answer = expect(pingRedis(redis)).rejects.toThrow('Connection is closed.');
    const ended = happens(redis, 'end');
    await closeRedis(redis);
    await Promise.all([answer, ended]);
    const attempts: string[] = [];
    redis.on('connecting', () => attempts.push('connecting'));
    // By then its next try would have been due.
    const other = openRedis(NOBODY, 'worker');
    await happens(other, 'reconnecting', 3);
    await closeRedis(other);
    expect(attempts).toEqual([]);
  });
});
