import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type BulkFilter, CreationStatus, type TaskId, type TenantId } from '@roleforge/contracts';
import { newBulkId } from '@roleforge/domain';
import { createTestDatabase, newTenant, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  addBulk,
  type BulkRecord,
  findBulk,
  listUnfinishedBulks,
  nextOfBulk,
  noteBulk,
  openDatabase,
  surveyBulk,
} from './index.ts';
import { aCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

let hour = Date.parse('2031-05-05T12:00:00.000Z');
/** Ids never step back in time, so every test has an hour of its own, later than those of the tests before. */
beforeEach(() => {
  hour += 3_600_000;
});
const at = (ms: number) => new Date(hour + ms);
const later = () => at(60_000);

/** One creation in each state, in the order of the states, a millisecond apart. */
async function oneInEachState(tenantId: TenantId) {
  const creations = CreationStatus.options.map((status, n) => ({
    ...aCreation(tenantId, { now: at(n), taskId: n % 2 === 0 ? 'even' : 'odd' }),
    status,
  }));
  await acceptCreations(database, creations);
  return creations;
}

async function statesMatched(tenantId: TenantId, action: BulkRecord['action'], filter: BulkFilter = {}) {
  const scope = { tenantId, action, filter };
  const { untilId, matched } = await surveyBulk(database, scope);
  const ids = await nextOfBulk(database, { ...scope, untilId, position: null }, 100);
  expect(matched).toBe(ids.length);
  const rows: { id: string; status: CreationStatus }[] = await database
    .knex('role_creations')
    .whereIn('id', ids)
    .select('id', 'status')
    .orderBy('id');
  expect(rows.map(({ id }) => id)).toEqual(ids);
  return rows.map(({ status }) => status);
}

function aBulk(tenantId: TenantId, changes: Partial<BulkRecord> = {}): BulkRecord {
  const id = newBulkId(hour);
  return {
    tenantId,
    id,
    requestId: 'req-1',
    action: 'cancel',
    filter: { status: 'queued', taskId: 'tea-shop' as TaskId },
    untilId: aCreation(tenantId, { now: at(0) }).id,
    state: 'waiting',
    matched: 1_234,
    done: 0,
    position: null,
    createdAt: at(0),
    finishedAt: null,
    ...changes,
  };
}

describe('what a bulk call is about', () => {
  test('cancelling: what waits or runs; retrying: what ended without a role', async () => {
    const { tenantId } = await newTenant(database);
    await oneInEachState(tenantId);
    await oneInEachState((await newTenant(database)).tenantId);
    expect(await statesMatched(tenantId, 'cancel')).toEqual(['scheduled', 'queued', 'held', 'running']);
    expect(await statesMatched(tenantId, 'retry')).toEqual(['failed', 'cancelled', 'expired']);
  });

  test('the filter narrows it down, and never widens it', async () => {
    const { tenantId } = await newTenant(database);
    await oneInEachState(tenantId);
    expect(await statesMatched(tenantId, 'cancel', { status: 'held' })).toEqual(['held']);
    expect(await statesMatched(tenantId, 'cancel', { status: 'succeeded' })).toEqual([]);
    expect(await statesMatched(tenantId, 'retry', { status: 'queued' })).toEqual([]);
    expect(await statesMatched(tenantId, 'cancel', { taskId: 'odd' as TaskId })).toEqual(['queued', 'running']);
    const time = (ms: number) => at(ms).toISOString();
    expect(await statesMatched(tenantId, 'cancel', { createdAfter: time(0) })).toEqual(['queued', 'held', 'running']);
    expect(await statesMatched(tenantId, 'cancel', { createdBefore: time(2) })).toEqual(['scheduled', 'queued']);
    const between = { createdAfter: time(0), createdBefore: time(2), taskId: 'odd' as TaskId };
    expect(await statesMatched(tenantId, 'cancel', between)).toEqual(['queued']);
  });

  test('what is submitted after the call is none of its business', async () => {
    const { tenantId } = await newTenant(database);
    const [before, same, after] = [at(9), at(10), at(11)].map(now => aCreation(tenantId, { now }));
    if (before === undefined || same === undefined || after === undefined) throw new Error('three are made');
    await acceptCreations(database, [before, same]);
    const scope = { tenantId, action: 'cancel', filter: {} } as const;
    const { untilId, matched } = await surveyBulk(database, scope);
    expect(matched).toBe(2);
    await acceptCreations(database, [after]);
    expect(await nextOfBulk(database, { ...scope, untilId, position: null }, 10)).toEqual([before.id, same.id]);
  });

  test('comes in pages, in the order of acceptance', async () => {
    const { tenantId } = await newTenant(database);
    const creations = Array.from({ length: 7 }, (_, n) => aCreation(tenantId, { now: at(n >> 1) }));
    await acceptCreations(database, creations.toReversed());
    const untilId = creations.at(-1)?.id ?? aCreation(tenantId).id;
    const scope = { tenantId, action: 'cancel', filter: {}, untilId } as const;
    const pages: string[][] = [];
    let position: BulkRecord['position'] = null;
    do {
      const page = await nextOfBulk(database, { ...scope, position }, 3);
      pages.push(page);
      position = page.at(-1) ?? position;
    } while (pages.at(-1)?.length === 3);
    expect(pages.flat()).toEqual(creations.map(({ id }) => id));
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
  });
});

describe('the record of a bulk call', () => {
  test('is read as it was written, by its tenant', async () => {
    const { tenantId } = await newTenant(database);
    const bulk = aBulk(tenantId);
    await addBulk(database, bulk);
    expect(await findBulk(database, tenantId, bulk.id)).toEqual(bulk);
    expect(await findBulk(database, (await newTenant(database)).tenantId, bulk.id)).toBeNull();
    expect(await findBulk(database, tenantId, newBulkId(hour))).toBeNull();
  });

  test('notes how far it has come, and that it is finished', async () => {
    const { tenantId } = await newTenant(database);
    const bulk = aBulk(tenantId);
    const other = aBulk(tenantId);
    await addBulk(database, bulk);
    await addBulk(database, other);
    const position = aCreation(tenantId).id;
    const running: BulkRecord = { ...bulk, state: 'running', done: 100, position };
    expect(await noteBulk(database, bulk, running)).toBe(true);
    expect(await findBulk(database, tenantId, bulk.id)).toEqual(running);
    // Of one who is behind, nothing is noted.
    expect(await noteBulk(database, bulk, { ...running, done: 3 })).toBe(false);
    const finished: BulkRecord = { ...running, state: 'finished', done: 117, finishedAt: later() };
    expect(await noteBulk(database, running, finished)).toBe(true);
    expect(await noteBulk(database, running, running)).toBe(false);
    expect(await findBulk(database, tenantId, bulk.id)).toEqual(finished);
    expect(await findBulk(database, tenantId, other.id)).toEqual(other);
  });

  test('those that are not finished are found, of all tenants, oldest first', async () => {
    const own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
    const database = openDatabase({ url: own.url, patienceMs: 10_000 });
    try {
      const [a, b] = [(await newTenant(database)).tenantId, (await newTenant(database)).tenantId];
      const bulks = [
        aBulk(a, { state: 'running' }),
        aBulk(b, { state: 'waiting' }),
        aBulk(a, { state: 'finished', finishedAt: later() }),
        aBulk(a, { state: 'waiting' }),
      ];
      for (const bulk of bulks.toReversed()) await addBulk(database, bulk);
      const open = bulks.filter(({ state }) => state !== 'finished');
      expect(await listUnfinishedBulks(database, 10)).toEqual(open);
      expect(await listUnfinishedBulks(database, 2)).toEqual(open.slice(0, 2));
    } finally {
      await database.close();
      await own.drop();
    }
  });
});
