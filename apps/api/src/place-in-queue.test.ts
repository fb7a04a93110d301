import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { closeRedis, createWorkforce, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
let redis: ReturnType<typeof openRedis>;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
  redis = openRedis(testServers().redisUrl, 'request');
  await once(redis, 'ready');
});
afterAll(async () => {
  await closeRedis(redis);
  await api.stop();
});

const waiting = async ({ links }: Creation) =>
  ((await (await client.send('GET', links.self)).json()) as Creation).queue ?? { position: 0, estimatedStartAt: '' };

test('a creation that waits has its place, and a time to start once workers have shown what they do', async () => {
  const runAt = new Date(Date.now() + 3_600_000).toISOString();
  const [first, second, later] = [
    await client.submit({ taskId: 'first' }),
    await client.submit({ taskId: 'second' }),
    await client.submit({ taskId: 'later', runAt }),
  ];
  // The queue is filled behind the answer.
  let place = await waiting(second);
  while (place.position === null) place = await waiting(second);
  expect(place).toEqual({ position: 2, estimatedStartAt: null });
  expect(await waiting(first)).toEqual({ position: 1, estimatedStartAt: null });

  const before = Date.now();
  await createWorkforce(redis, api.queuePrefix).report({ id: 'a-worker', started: 30 });
  // Known within a second, by which time the api asks again.
  while (place.estimatedStartAt === null) place = await waiting(second);
  const estimate = Date.parse(place.estimatedStartAt);
  // 30 in ten to fifteen seconds: two of them take two thirds of a second to one.
  expect(estimate).toBeGreaterThanOrEqual(before + 600);
  expect(estimate).toBeLessThanOrEqual(Date.now() + 1_100);
  const scheduled = await waiting(later);
  expect(scheduled.position).toBeNull();
  expect(Math.abs(Date.parse(scheduled.estimatedStartAt ?? '') - Date.parse(runAt))).toBeLessThan(2_000);
});
