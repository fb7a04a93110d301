import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TaskId } from '@roleforge/contracts';
import { createSourceStore } from '@roleforge/db';
import { closeRedis, openRedis } from '@roleforge/queue';
import { openSourceCache } from '@roleforge/source-cache';
import { newTenant, testServers } from '@roleforge/testkit';
import { startTestApi, type TestApi } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

test('a worker’s copies end with a put and with a deletion, and reads through the api need none', async () => {
  const { tenantId, apiKey } = await newTenant(api.database);
  const client = api.clientOf(apiKey);
  const { redisUrl } = testServers();
  const [redis, listening] = [openRedis(redisUrl, 'cache'), openRedis(redisUrl, 'listener')];
  const reader = createSourceStore(api.database);
  const cache = openSourceCache({ reader, redis, listening, prefix: api.queuePrefix, clock: () => new Date() });
  await Promise.all([once(redis, 'ready'), once(listening, 'ready')]);
  await listening.ping();

  const address = '/v1/tasks/copied/talk-style';
  const copy = () => cache.readCopy(tenantId, 'copied' as TaskId, 'talkStyle');
  const send = async (method: string, body?: object) => {
    const heard = once(listening, 'message');
    const { status } = await client.send(method, address, body);
    await heard;
    return status;
  };
  expect(await copy()).toMatchObject({ source: null });
  expect(await send('PUT', { tone: 'warm' })).toBe(201);
  expect(await copy()).toMatchObject({ source: { document: { tone: 'warm' } }, from: 'mysql' });
  expect(await send('PUT', { tone: 'brisk' })).toBe(200);
  expect(await copy()).toMatchObject({ source: { document: { tone: 'brisk' } } });
  expect(await (await client.send('GET', address)).json()).toEqual({ tone: 'brisk' });
  expect(await send('DELETE')).toBe(204);
  expect(await copy()).toMatchObject({ source: null });

  await cache.close();
  await Promise.all([closeRedis(redis), closeRedis(listening)]);
});
