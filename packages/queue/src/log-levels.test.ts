import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newQueuePrefix, testServers } from '@roleforge/testkit';
import { logLevelKey } from './keys.ts';
import { createLogLevels, type LogLevels } from './log-levels.ts';
import { closeRedis, openRedis } from './redis.ts';
import type { RedisConnection } from './redis-connection.ts';

const prefix = newQueuePrefix();
let redis: RedisConnection;
let levels: LogLevels;
beforeAll(() => {
  redis = openRedis(testServers().redisUrl, 'worker');
  levels = createLogLevels(redis, prefix);
});
afterAll(() => closeRedis(redis));

test('an order holds for its service until it is withdrawn', async () => {
  const until = new Date(Date.now() + 60_000);
  await levels.order('worker', { level: 'debug', until });
  expect(await levels.read('worker')).toEqual({ level: 'debug', until: until.toISOString() });
  expect(await levels.read('api')).toBeNull();
  expect(await redis.pttl(logLevelKey(prefix, 'worker'))).toBeLessThanOrEqual(60_000);
  await levels.withdraw('worker');
  expect(await levels.read('worker')).toBeNull();
});

test('an order that has ended holds for nobody', async () => {
  await levels.order('api', { level: 'debug', until: new Date(Date.now() - 1_000) });
  expect(await levels.read('api')).toBeNull();
});

test('an order ends by itself', async () => {
  await levels.order('api', { level: 'debug', until: new Date(Date.now() + 1) });
  while ((await redis.exists(logLevelKey(prefix, 'api'))) === 1);
  expect(await levels.read('api')).toBeNull();
});

test('an order that a later release wrote in another way is none', async () => {
  await redis.set(logLevelKey(prefix, 'api'), '{"level":"trace"}');
  expect(await levels.read('api')).toBeNull();
});
