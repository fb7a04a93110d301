import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BulkId, CreationId, TenantId } from '@roleforge/contracts';
import { CreationFailure, firstCreationIdAt, newBulkId } from '@roleforge/domain';
import { createTestDatabase, newTenant, type TestDatabase, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  addBulk,
  cancelCreation,
  createAttemptLedger,
  type Database,
  findRole,
  listEndedBefore,
  openDatabase,
  pruneBulks,
  pruneCreations,
  pruneIdempotencyKeys,
  restartCreation,
} from './index.ts';
import { aCreation, roleOf, taken, waitingCreation } from './ledger.fixture.ts';

/** A database of its own: pruning looks at all tenants. */
let own: TestDatabase;
let database: Database;
let tenantId: TenantId;
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
});
beforeEach(async () => {
  for (const table of ['role_creations', 'bulk_operations']) await database.knex(table).delete();
  tenantId = (await newTenant(database)).tenantId;
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const DAY_MS = 86_400_000;
let now = Date.parse('2031-05-05T12:00:00.000Z');
/** Ids never step back in time, so every test has a month of its own, and accepts what is older first. */
beforeEach(() => {
  now += 30 * DAY_MS;
});
const daysAgo = (days: number) => new Date(now - days * DAY_MS);

type Ages = { accepted: number; ended: number };
const accepted = (age: number, tenant = tenantId) => waitingCreation(database, tenant, { now: daysAgo(age) });

async function succeeded({ accepted: age, ended }: Ages, tenant = tenantId) {
  const ledger = createAttemptLedger(database, () => daysAgo(ended));
  const attempt = await taken(ledger, await accepted(age, tenant));
  await ledger.succeed(attempt, roleOf(attempt));
  return attempt;
}

async function failed({ accepted: age, ended }: Ages) {
  const ledger = createAttemptLedger(database, () => daysAgo(ended));
  const attempt = await taken(ledger, await accepted(age));
  await ledger.fail(attempt, { step: 'writing' }, new CreationFailure('draft_invalid', 'Not good.'));
  return attempt;
}

async function idsLeft(): Promise<CreationId[]> {
  const rows = await database.knex('role_creations').select('id').orderBy('id');
  return rows.map(row => row.id);
}

describe('creations that ended long ago', () => {
  test('are found by when they ended, whatever their end and whosever they are', async () => {
    const stranger = (await newTenant(database)).tenantId;
    const old = [
      (await succeeded({ accepted: 12, ended: 11 })).creationId,
      (await succeeded({ accepted: 12, ended: 11 }, stranger)).creationId,
      (await failed({ accepted: 12, ended: 11 })).creationId,
    ];
    const cancelled = await accepted(12);
    await cancelCreation(database, cancelled, daysAgo(11));
    await accepted(12);
    await taken(createAttemptLedger(database), await accepted(12));
    await succeeded({ accepted: 12, ended: 9 });
    await failed({ accepted: 9, ended: 8 });
    const found = await listEndedBefore(database, daysAgo(10), 100);
    expect(found.map(({ id }) => id).toSorted()).toEqual([...old, cancelled.id].toSorted());
    expect(await listEndedBefore(database, daysAgo(10), 3)).toHaveLength(3);
  });

  test('are deleted, and the roles that they made stay', async () => {
    const { creationId, roleId } = await succeeded({ accepted: 12, ended: 11 });
    const young = await failed({ accepted: 9, ended: 8 });
    const found = await listEndedBefore(database, daysAgo(10), 100);
    expect(await pruneCreations(database, found, daysAgo(10))).toBe(1);
    expect(await idsLeft()).toEqual([young.creationId]);
    expect(await findRole(database, tenantId, roleId)).toMatchObject({ version: 1, creationId });
    expect(await listEndedBefore(database, daysAgo(10), 100)).toEqual([]);
  });

  test('stay where they were begun again between the look and the deletion', async () => {
    const { creationId } = await failed({ accepted: 12, ended: 11 });
    const found = await listEndedBefore(database, daysAgo(10), 100);
    expect(await restartCreation(database, { tenantId, id: creationId }, daysAgo(0))).toBe(true);
    expect(await pruneCreations(database, found, daysAgo(10))).toBe(0);
    expect(await idsLeft()).toEqual([creationId]);
  });

  test('are looked for in an index, in its order, and deleted by their keys', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) => aCreation(tenantId, { now: daysAgo(12 - n / 300) }));
    await acceptCreations(database, many);
    await database.knex('role_creations').update({ status: 'succeeded', finished_at: database.knex.ref('created_at') });
    await database.knex.raw('ANALYZE TABLE role_creations');
    const statements: { sql: string; bindings: unknown[] }[] = [];
    const note = ({ sql, bindings }: { sql: string; bindings: unknown[] }) => statements.push({ sql, bindings });
    database.knex.on('query', note);
    await pruneCreations(database, await listEndedBefore(database, daysAgo(10), 5), daysAgo(10));
    database.knex.off('query', note);
    const plans = [];
    for (const { sql, bindings } of statements.filter(({ sql }) => /^(select|delete)/i.test(sql))) {
      const [[{ key, Extra: extra }]] = await database.knex.raw(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, bindings as never);
      plans.push({ key, sorted: /filesort/i.test(extra ?? '') });
    }
    expect(plans).toEqual([
      { key: 'unfinished', sorted: false },
      { key: 'PRIMARY', sorted: false },
      // Which of them are still there, and the calls and the messages of those that are not.
      { key: 'PRIMARY', sorted: false },
      { key: 'PRIMARY', sorted: false },
      { key: 'PRIMARY', sorted: false },
    ]);
  });
});

describe('bulk calls', () => {
  async function called(made: number, finished: number | null, state = 'finished' as const): Promise<BulkId> {
    const id = newBulkId(daysAgo(made).getTime());
    await addBulk(database, {
      id,
      tenantId,
      requestId: 'req-1',
      action: 'cancel',
      filter: {},
      state: finished === null ? 'running' : state,
      matched: 3,
      done: 3,
      untilId: firstCreationIdAt(0),
      position: null,
      createdAt: daysAgo(made),
      finishedAt: finished === null ? null : daysAgo(finished),
    });
    return id;
  }
  const left = () => database.knex('bulk_operations').orderBy('id').pluck('id');

  test('go by when they were finished, the oldest first, no more at a time than was said', async () => {
    const unfinished = await called(12, null);
    const long = await called(12, 9);
    await called(11.5, 11);
    const second = await called(11.2, 10.5);
    const young = await called(9, 8);
    expect(await pruneBulks(database, daysAgo(10), 1)).toBe(1);
    expect(await left()).toEqual([unfinished, long, second, young]);
    expect(await pruneBulks(database, daysAgo(10), 10)).toBe(1);
    expect(await pruneBulks(database, daysAgo(10), 10)).toBe(0);
    expect(await left()).toEqual([unfinished, long, young]);
  });

  test('are found by the index of their states', async () => {
    const statements: { sql: string; bindings: unknown[] }[] = [];
    const note = ({ sql, bindings }: { sql: string; bindings: unknown[] }) => statements.push({ sql, bindings });
    for (let n = 0; n < 300; n += 1) await called(12 - n / 100, 8);
    await database.knex.raw('ANALYZE TABLE bulk_operations');
    database.knex.on('query', note);
    await pruneBulks(database, daysAgo(10), 5);
    database.knex.off('query', note);
    expect(statements).toHaveLength(1);
    for (const { sql, bindings } of statements) {
      const [[{ key, Extra: extra }]] = await database.knex.raw(`EXPLAIN ${sql}`, bindings as never);
      expect({ key, sorted: /filesort/i.test(extra ?? '') }).toEqual({ key: 'by_state', sorted: false });
    }
  });
});

describe('idempotency keys', () => {
  const insert = (key: string, created: Date) =>
    database.knex('idempotency_keys').insert({
      tenant_id: tenantId,
      scope: 'submitCreation',
      idempotency_key: key,
      body_digest: 'd'.repeat(64),
      claim: key,
      answer: '{}',
      created_at: created,
    });

  test('go by their age, the oldest first, no more at a time than was said', async () => {
    await insert('b', daysAgo(2));
    await insert('a', daysAgo(3));
    await insert('d', daysAgo(1));
    await insert('c', daysAgo(1.5));
    const left = async () => (await database.knex('idempotency_keys').orderBy('claim')).map(row => row.claim);
    expect(await pruneIdempotencyKeys(database, daysAgo(1), 2)).toBe(2);
    expect(await left()).toEqual(['c', 'd']);
    expect(await pruneIdempotencyKeys(database, daysAgo(1), 2)).toBe(1);
    expect(await left()).toEqual(['d']);
    expect(await pruneIdempotencyKeys(database, daysAgo(1), 2)).toBe(0);
  });
});
