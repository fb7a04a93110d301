import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BulkOperation, type TenantId } from '@roleforge/contracts';
import { findPrincipal } from '@roleforge/db';
import { hashesOf, newBulkId } from '@roleforge/domain';
import { closeRedis, createEventLog, openCreationQueue, openRedis, publishControl } from '@roleforge/queue';
import { createSteering, runBulk } from '@roleforge/steering';
import { testServers } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
let stranger: TestClient;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
  stranger = await api.newClient();
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
});

const tenantOf = async ({ apiKey }: TestClient) =>
  (await findPrincipal(api.database, hashesOf(apiKey, []), new Date()))?.principal.tenantId as TenantId;

describe('bulk calls', () => {
  const bulk = (body: unknown, by: TestClient) => by.send('POST', '/v1/role-creations/bulk', body);

  /** Carries a call out as a worker would. */
  async function carryOut(by: TestClient, { id }: BulkOperation): Promise<void> {
    const queue = openCreationQueue(redis, api.queuePrefix);
    const clock = () => new Date();
    const steering = createSteering({
      database: api.database,
      queue,
      events: createEventLog(redis, api.queuePrefix),
      tellWorker: one => publishControl(redis, api.queuePrefix, one),
      notifyEnd: async () => {},
      clock,
    });
    if (id === null) throw new Error('a dry run is not carried out');
    await runBulk({ database: api.database, steering, clock }, await tenantOf(by), id, new AbortController().signal);
    await queue.close();
  }

  test('a dry run counts and does nothing', async () => {
    const own = await api.newClient();
    for (const taskId of ['a', 'a', 'b']) await own.submit({ taskId });
    const response = await bulk({ action: 'cancel', filter: { taskId: 'a' }, dryRun: true }, own);
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBeNull();
    const counted = (await response.json()) as BulkOperation;
    expect(BulkOperation.strict().parse(counted)).toMatchObject({
      id: null,
      matched: 2,
      done: 0,
      state: 'dry_run',
      links: { self: null },
    });
    const page = await (await own.send('GET', '/v1/role-creations?status=queued')).json();
    expect(page).toMatchObject({ items: { length: 3 } });
  });

  test('is committed, and its progress can be read at its address', async () => {
    const own = await api.newClient();
    for (let n = 0; n < 3; n += 1) await own.submit({ taskId: 'a' });
    const response = await bulk({ action: 'cancel', filter: {} }, own);
    expect(response.status).toBe(202);
    const accepted = (await response.json()) as BulkOperation;
    expect(BulkOperation.strict().parse(accepted)).toMatchObject({ matched: 3, done: 0, state: 'waiting', filter: {} });
    expect(response.headers.get('location')).toBe(accepted.links.self);
    const look = async () => (await own.send('GET', accepted.links.self ?? '')).json();
    expect(await look()).toEqual(accepted);
    await carryOut(own, accepted);
    expect(await look()).toEqual({ ...accepted, done: 3, state: 'finished', finishedAt: expect.any(String) });
    const again = (await (
      await bulk({ action: 'retry', filter: { status: 'cancelled' } }, own)
    ).json()) as BulkOperation;
    await carryOut(own, again);
    const page = await (await own.send('GET', '/v1/role-creations?status=queued')).json();
    expect(page).toMatchObject({ items: { length: 3 } });
  });

  test('is its tenant’s alone', async () => {
    const accepted = (await (await bulk({ action: 'cancel', filter: {} }, stranger)).json()) as BulkOperation;
    expect((await client.send('GET', accepted.links.self ?? '')).status).toBe(404);
    expect((await client.send('GET', `/v1/role-creations/bulk/${newBulkId(Date.now())}`)).status).toBe(404);
    expect((await client.send('GET', '/v1/role-creations/bulk/bulk_nothing')).status).toBe(404);
  });

  test.each([
    [{}],
    [{ action: 'pause', filter: {} }],
    [{ action: 'cancel' }],
    [{ action: 'cancel', filter: { status: 'done' } }],
    [{ action: 'cancel', filter: { task: 'a' } }],
    [{ action: 'cancel', filter: { createdAfter: 'yesterday' } }],
    [{ action: 'cancel', filter: {}, dryRun: 'yes' }],
    ['[]'],
  ])('%j is refused', async body => {
    const response = await bulk(body, client);
    expect([response.status, (await problemOf(response)).code]).toEqual([400, 'invalid_body']);
  });
});
