import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newQueuePrefix, testServers } from '@roleforge/testkit';
import { sessionKey } from './keys.ts';
import { closeRedis, openRedis } from './redis.ts';
import type { RedisConnection } from './redis-connection.ts';
import { createSessionStore } from './session-store.ts';

const prefix = newQueuePrefix();
let redis: RedisConnection;
beforeAll(() => {
  redis = openRedis(testServers().redisUrl, 'worker');
});
afterAll(() => closeRedis(redis));

test('a session is found until it is removed, and one who asks keeps it for as long again', async () => {
  const store = createSessionStore(redis, prefix);
  expect(await store.touch('one', 1_000)).toBeNull();
  await store.put('one', { role: 'viewer' }, 60_000);
  expect(await store.touch('one', 120_000)).toEqual({ role: 'viewer' });
  expect(await redis.pttl(sessionKey(prefix, 'one'))).toBeGreaterThan(60_000);
  await store.remove('one');
  expect(await store.touch('one', 1_000)).toBeNull();
});

test('a session for which nobody asks is gone', async () => {
  const store = createSessionStore(redis, prefix);
  await store.put('idle', { role: 'viewer' }, 1);
  while ((await redis.exists(sessionKey(prefix, 'idle'))) === 1);
  expect(await store.touch('idle', 1_000)).toBeNull();
});
