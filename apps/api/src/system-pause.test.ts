import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditPage, SystemState } from '@roleforge/contracts';
import { closeRedis, openCreationQueue, openRedis } from '@roleforge/queue';
import { createTestDatabase, testServers } from '@roleforge/testkit';
import { ADMIN_KEY, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

/** The switch is for all tenants of a database, so the test has one of its own. */
let own: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let operator: TestClient;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  api = await startTestApi({ DATABASE_URL: own.url });
  operator = api.clientOf(ADMIN_KEY);
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
  await own.drop();
});

async function system(method = 'GET', call = ''): Promise<SystemState> {
  const response = await operator.send(method, `/admin/v1/system${call}`);
  expect(response.status).toBe(200);
  return SystemState.strict().parse(await response.json());
}

describe('the system’s pause', () => {
  test('holds in ledger and queue until it is resumed; twice is harmless, and noted once', async () => {
    const queue = openCreationQueue(redis, api.queuePrefix);
    const running = { object: 'system', paused: false, pausedAt: null, logLevels: { api: null, worker: null } };
    // The way to Redis may not be open yet.
    await eventually(async () => (await system()).logLevels !== null, 5_000);
    expect(await system()).toEqual(running);

    const paused = await system('POST', '/pause');
    expect(paused).toEqual({
      object: 'system',
      paused: true,
      pausedAt: expect.any(String),
      logLevels: running.logLevels,
    });
    expect(await system('POST', '/pause')).toEqual(paused);
    expect(await system()).toEqual(paused);
    await eventually(() => queue.bull.isPaused(), 5_000);

    expect(await system('POST', '/resume')).toEqual(running);
    expect(await system('POST', '/resume')).toEqual(running);
    await eventually(async () => !(await queue.bull.isPaused()), 5_000);
    await queue.close();

    const { items } = AuditPage.parse(await (await operator.send('GET', '/admin/v1/audit')).json());
    expect(items.map(({ action, tenantId }) => [action, tenantId])).toEqual([
      ['system.resumed', null],
      ['system.paused', null],
    ]);
  });
});
