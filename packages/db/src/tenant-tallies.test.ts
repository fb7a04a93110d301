import { afterAll, describe, expect, test } from '@jest/globals';
import { CreationStatus, type TenantId } from '@roleforge/contracts';
import { newTenant, testServers } from '@roleforge/testkit';
import { acceptCreations, eraseCreation, openDatabase, readTenantTallies, readTenantUsage, rowsOf } from './index.ts';
import { aCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOON = new Date('2031-05-05T12:00:00.000Z');

async function accepted(tenantId: TenantId, status: CreationStatus, now: string) {
  const creation = aCreation(tenantId, { now: new Date(now) });
  await acceptCreations(database, [creation]);
  await rowsOf(database.knex, tenantId, 'role_creations').where('id', creation.id).update({ status });
  return creation.id;
}

async function spent(tenantId: TenantId, day: string, costUsd: number, model = 'm') {
  const calls = { calls: 1, failed_calls: 0, input_tokens: 1, output_tokens: 1, share: 0 };
  await database
    .knex('usage_days')
    .insert({ tenant_id: tenantId, provider: 'house', model, day, cost_usd: costUsd, ...calls });
}

describe('what a tenant uses', () => {
  test('is nothing where it has done nothing', async () => {
    const { tenantId } = await newTenant(database);
    const nothing = { waiting: 0, running: 0, creationsToday: 0, monthCostUsd: 0 };
    expect(await readTenantUsage(database, tenantId, NOON)).toEqual(nothing);
  });

  test('counts those that wait and those that a worker has in hand, whenever they were accepted', async () => {
    const [{ tenantId }, other] = [await newTenant(database), await newTenant(database)];
    for (const status of CreationStatus.options) await accepted(tenantId, status, '2031-05-01T12:00:00.000Z');
    await accepted(other.tenantId, 'queued', '2031-05-01T12:00:00.000Z');
    expect(await readTenantUsage(database, tenantId, NOON)).toMatchObject({
      waiting: 3,
      running: 2,
      creationsToday: 0,
    });
  });

  test('counts all that was accepted in the day, from midnight to midnight, however it stands now', async () => {
    const { tenantId } = await newTenant(database);
    await accepted(tenantId, 'queued', '2031-05-04T23:59:59.999Z');
    await accepted(tenantId, 'queued', '2031-05-05T00:00:00.000Z');
    await accepted(tenantId, 'succeeded', '2031-05-05T08:00:00.000Z');
    await accepted(tenantId, 'cancelled', '2031-05-05T23:59:59.999Z');
    await accepted(tenantId, 'queued', '2031-05-06T00:00:00.000Z');
    expect((await readTenantUsage(database, tenantId, NOON)).creationsToday).toBe(3);
  });

  test('counts for its day what has been erased since, once', async () => {
    const [{ tenantId }, other] = [await newTenant(database), await newTenant(database)];
    // Ids never step back in time: these are of a month of their own.
    const early = await accepted(tenantId, 'failed', '2031-06-04T23:59:59.999Z');
    const [one, another] = [
      await accepted(tenantId, 'failed', '2031-06-05T00:00:00.000Z'),
      await accepted(tenantId, 'failed', '2031-06-05T00:00:00.000Z'),
    ];
    await accepted(tenantId, 'failed', '2031-06-05T08:00:00.000Z');
    for (const id of [early, one, another, one]) await eraseCreation(database, tenantId, id);
    const today = async (of: TenantId) =>
      (await readTenantUsage(database, of, new Date('2031-06-05T12:00:00.000Z'))).creationsToday;
    expect([await today(tenantId), await today(other.tenantId)]).toEqual([3, 0]);
    const noted = rowsOf(database.knex, tenantId, 'erased_creations').orderBy('accepted_at').pluck('creations');
    expect(await noted).toEqual([1, 2]);
  });

  test('adds up what the days of the month have cost', async () => {
    const { tenantId } = await newTenant(database);
    for (const day of ['2031-04-30', '2031-05-01', '2031-05-31', '2031-06-01']) await spent(tenantId, day, 0.1);
    await spent(tenantId, '2031-05-05', 0.2, 'another');
    expect((await readTenantUsage(database, tenantId, NOON)).monthCostUsd).toBe(0.4);
  });

  test('is counted only as far as it is asked for', async () => {
    const { tenantId } = await newTenant(database);
    expect(await readTenantTallies(database, tenantId, NOON, ['waiting'])).toEqual({ waiting: 0 });
  });
});
