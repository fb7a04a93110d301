import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testServers } from '@roleforge/testkit';
import { closeRedis, openRedis, pingRedis } from './index.ts';
import { type Bench, kill, openBench } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

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
    const redis = openRedis('redis://127.0.0.1:1', 'request', error => troubles.push(error));
    bench.afterwards(() => closeRedis(redis));
    for (let tries = 0; tries < 3; tries += 1) await once(redis, 'reconnecting');
    expect(troubles).toHaveLength(1);
    const { hostname, port, password } = new URL(testServers().redisUrl);
    Object.assign(redis.options, { host: hostname, port: Number(port), password });
    await once(redis, 'ready');
    const id = await redis.client('ID');
    Object.assign(redis.options, { port: 1 });
    await kill(killer, [id]);
    for (let tries = 0; tries < 3; tries += 1) await once(redis, 'reconnecting');
    expect(troubles).toHaveLength(2);
  });

  test('is closed whether Redis is there or not, and twice as well as once', async () => {
    const there = await bench.redis();
    const away = openRedis('redis://127.0.0.1:1', 'worker');
    for (const redis of [there, away]) {
      const ended = once(redis, 'end');
      await closeRedis(redis);
      await ended;
      await closeRedis(redis);
      expect(redis.status).toBe('end');
    }
  });
});
