import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newDeliveryId } from '@roleforge/domain';
import { createTestDatabase, newTenant, type TestDatabase, testServers } from '@roleforge/testkit';
import {
  countUnfinished,
  type Database,
  openDatabase,
  readMonthCost,
  readWebhookBacklog,
  setTenantPaused,
} from './index.ts';
import { waitingCreation } from './ledger.fixture.ts';
import { addRows, rowsOf } from './tenant-rows.ts';

/** Of its own: the counts are over all tenants. */
let own: TestDatabase;
let database: Database;
beforeEach(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
});
afterEach(async () => {
  await database.close();
  await own.drop();
});

const NOW = new Date('2031-05-05T12:00:00.000Z');
const none = { scheduled: 0, queued: 0, held: 0, running: 0, cancelling: 0, stopped: 0, atLeast: false };

describe('unfinished creations', () => {
  test('are counted by state, over all tenants', async () => {
    expect(await countUnfinished(database)).toEqual(none);
    const [a, b] = [await newTenant(database), await newTenant(database)];
    const [first] = [await waitingCreation(database, a.tenantId), await waitingCreation(database, a.tenantId)];
    await waitingCreation(database, b.tenantId);
    await waitingCreation(database, b.tenantId, { runAt: new Date(Date.now() + 600_000).toISOString() });
    await rowsOf(database.knex, a.tenantId, 'role_creations').where('id', first.id).update({ status: 'running' });
    expect(await countUnfinished(database)).toEqual({ ...none, queued: 2, running: 1, scheduled: 1 });
  });

  test('of tenants that are paused or suspended are known apart: their jobs are off the queue', async () => {
    const [paused, suspended, active] = [
      await newTenant(database),
      await newTenant(database),
      await newTenant(database),
    ];
    for (const { tenantId } of [paused, suspended, active]) await waitingCreation(database, tenantId);
    await setTenantPaused(database, paused.tenantId, NOW);
    await database.knex('tenants').where('id', suspended.tenantId).update({ status: 'suspended' });
    expect(await countUnfinished(database)).toEqual({ ...none, queued: 3, stopped: 2 });
  });

  test('are counted no further than anybody wants to know', async () => {
    const { tenantId } = await newTenant(database);
    for (let n = 0; n < 4; n += 1) await waitingCreation(database, tenantId);
    expect(await countUnfinished(database, 3)).toEqual({ ...none, queued: 3, atLeast: true });
    expect(await countUnfinished(database, 4)).toEqual({ ...none, queued: 4 });
  });
});

test('webhooks that are not delivered are counted, and the oldest of those that are due is told of', async () => {
  const empty = { pending: 0, due: 0, oldestDueMs: 0, atLeast: false };
  expect(await readWebhookBacklog(database, NOW)).toEqual(empty);
  const { tenantId } = await newTenant(database);
  const message = (status: string, seconds: number | null) => ({
    id: newDeliveryId(NOW.getTime()),
    url: 'https://example.com',
    type: 'role_creation.succeeded',
    body: '{}',
    status,
    next_attempt_at: seconds === null ? null : new Date(NOW.getTime() + seconds * 1_000),
    created_at: NOW,
  });
  await addRows(
    database.knex,
    tenantId,
    'webhook_deliveries',
    message('pending', -90),
    message('pending', -20),
    message('pending', 300),
    message('delivered', null),
  );
  expect(await readWebhookBacklog(database, NOW)).toEqual({ pending: 3, due: 2, oldestDueMs: 90_000, atLeast: false });
  expect(await readWebhookBacklog(database, NOW, 1)).toMatchObject({ pending: 1, due: 1, atLeast: true });
});

test('the cost of this month is that of all tenants, without other months', async () => {
  expect(await readMonthCost(database, NOW)).toBe(0);
  for (const cost of [1.25, 2.5]) {
    const { tenantId } = await newTenant(database);
    const day = { provider: 'p', model: 'm', share: 0, calls: 1, failed_calls: 0, input_tokens: 1, output_tokens: 1 };
    await addRows(
      database.knex,
      tenantId,
      'usage_days',
      { ...day, day: '2031-05-01', cost_usd: cost },
      { ...day, day: '2031-05-05', cost_usd: 0.5 },
      { ...day, day: '2031-04-30', cost_usd: 100 },
    );
  }
  expect(await readMonthCost(database, NOW)).toBe(4.75);
});

test('the counts read indexes alone, and as much of them as they need', async () => {
  const { tenantId } = await newTenant(database);
  await waitingCreation(database, tenantId);
  const [plan] = await database.knex.raw(
    "EXPLAIN SELECT COUNT(*) FROM (SELECT 1 FROM role_creations FORCE INDEX (unfinished) WHERE status = 'queued' LIMIT 11) counted",
  );
  expect(plan.find(({ table }: { table: string }) => table === 'role_creations')).toMatchObject({
    key: 'unfinished',
    Extra: expect.stringContaining('Using index'),
  });
});
