import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { type Database, openDatabase } from '@roleforge/db';
import { closeRedis, openAllQueues, openRedis } from '@roleforge/queue';
import { createTestDatabase, newTenant, startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi } from '../api.fixture.ts';
import { eventually } from '../eventually.fixture.ts';

const BOARD = '/admin/queues';
const { queue: CREATIONS } = JOBS.createRole;

/** The system's switch is for all tenants of a database, so the test has one of its own. */
let own: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let proxy: TcpProxy;
let api: TestApi;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
  proxy = await startTcpProxy(testServers().redisUrl);
  api = await startTestApi({ DATABASE_URL: own.url, REDIS_URL: proxy.url });
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
  await proxy.close();
  await database.close();
  await own.drop();
});

/** By the key: without Redis there are no sessions. */
const asked = (method: string, path: string) => api.clientOf(ADMIN_KEY).send(method, BOARD + path);

async function waitingJob() {
  const client = api.clientOf((await newTenant(database)).apiKey);
  const { id } = await client.submit({ taskId: 'tea-shop' });
  await eventually(async () => (await asked('GET', `/api/queues/${CREATIONS}/${id}`)).status === 200, 5_000);
  const statusNow = async () =>
    ((await (await client.send('GET', `/v1/role-creations/${id}`)).json()) as { status: string }).status;
  return { id, statusNow };
}

describe('while Redis is away', () => {
  let job: Awaited<ReturnType<typeof waitingJob>>;
  beforeEach(async () => {
    job = await waitingJob();
  });
  afterEach(async () => {
    proxy.restore();
    await eventually(async () => (await fetch(`${api.url}/readyz`)).status === 200, 10_000);
  });

  const withoutAnswer = async () => {
    for (const [method, path] of [
      ['GET', '/api/queues'],
      ['GET', `/api/queues/${CREATIONS}/${job.id}`],
      ['GET', '/api/redis/stats'],
      ['GET', `/deeds/${CREATIONS}/${job.id}`],
      ['GET', `/deeds/${JOBS.deliverWebhook.queue}/x`],
      ['POST', `/deeds/${CREATIONS}/${job.id}/cancel`],
    ] as const) {
      const response = await asked(method, path);
      const { code, instance, requestId } = await problemOf(response);
      expect([path, response.status, code, instance]).toEqual([path, 503, 'unavailable', BOARD + path]);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(requestId).toBe(response.headers.get('x-request-id'));
    }
  };

  test('what asks for the queues is unavailable, nothing is done, and all is there again with Redis', async () => {
    proxy.cut();
    await withoutAnswer();
    expect(await job.statusNow()).toBe('queued');
    proxy.restore();
    await eventually(async () => (await asked('GET', '/api/queues')).status === 200, 10_000);
    expect((await asked('POST', `/deeds/${CREATIONS}/${job.id}/cancel`)).status).toBe(200);
  });

  test('Bull Board’s pages find in the answer what they show of an error', async () => {
    proxy.cut();
    const body = (await (await asked('GET', '/api/queues')).json()) as object;
    expect(body).toMatchObject({ error: expect.any(String), message: expect.stringMatching(/^Redis does not answer/) });
  });

  test('all creations can be paused and resumed', async () => {
    proxy.cut();
    expect(await (await asked('POST', '/deeds/pause')).json()).toEqual({ status: 'paused', deeds: ['resume'] });
    expect(await (await asked('GET', '/deeds')).json()).toEqual({ status: 'paused', deeds: ['resume'] });
    expect(await (await asked('POST', '/deeds/resume')).json()).toEqual({ status: 'running', deeds: ['pause'] });
  });

  test('one that says nothing is away as well', async () => {
    proxy.freeze();
    const response = await asked('GET', `/deeds/${CREATIONS}/${job.id}`);
    expect([response.status, (await problemOf(response)).code]).toEqual([503, 'unavailable']);
  });
});

test('what goes wrong while Redis answers is a failure of ours', async () => {
  const { id } = await waitingJob();
  const allQueues = openAllQueues(redis, api.queuePrefix);
  await redis.hset(allQueues.queues[0]?.toKey(id) ?? '', { data: 'no JSON' });
  for (const path of [`/api/queues/${CREATIONS}/${id}`, `/deeds/${CREATIONS}/${id}`]) {
    const response = await asked('GET', path);
    expect([path, response.status, (await problemOf(response)).code]).toEqual([path, 500, 'internal_error']);
  }
  await allQueues.close();
});
