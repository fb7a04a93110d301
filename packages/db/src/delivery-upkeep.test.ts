import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryId, TenantId } from '@roleforge/contracts';
import { newCreationId, newDeliveryId } from '@roleforge/domain';
import { createTestDatabase, newTenant, type TestDatabase, testServers } from '@roleforge/testkit';
import {
  acceptCreations,
  type Database,
  listDueDeliveries,
  listPendingOf,
  openDatabase,
  type PendingDelivery,
  pruneDeliveries,
} from './index.ts';
import { aCreation } from './ledger.fixture.ts';
import { recordEnds } from './outbox.ts';
import { anEndpoint } from './webhook.fixture.ts';

/** A database of its own: this looks at all tenants. */
let own: TestDatabase;
let database: Database;
let tenantId: TenantId;
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
});
beforeEach(async () => {
  for (const table of ['webhook_deliveries', 'webhook_attempts']) await database.knex(table).delete();
  tenantId = (await newTenant(database)).tenantId;
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const NOW = Date.parse('2031-05-05T12:00:00.000Z');
const daysAgo = (days: number) => new Date(NOW - days * 86_400_000);
const CREATION = newCreationId(NOW);

async function insert(status: string, days: readonly number[], tenant = tenantId): Promise<DeliveryId[]> {
  const rows = days.map(age => ({
    tenant_id: tenant,
    id: newDeliveryId(NOW),
    creation_id: CREATION,
    url: 'https://example.com/',
    type: 'role_creation.succeeded',
    body: '{}',
    status,
    next_attempt_at: status === 'pending' ? daysAgo(age) : null,
    created_at: daysAgo(age),
    finished_at: status === 'pending' ? null : daysAgo(age),
  }));
  await database.knex('webhook_deliveries').insert(rows);
  await database
    .knex('webhook_attempts')
    .insert(
      rows.map(row => ({ tenant_id: tenant, delivery_id: row.id, number: 1, at: NOW_DATE, ms: 1, outcome: 'refused' })),
    );
  return rows.map(({ id }) => id);
}
const NOW_DATE = new Date(NOW);
const left = () => database.knex('webhook_deliveries').orderBy('id').pluck('id');
const attempted = () => database.knex('webhook_attempts').orderBy('delivery_id').pluck('delivery_id');

async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
  await database.knex.raw('ANALYZE TABLE webhook_deliveries');
  const statements: { sql: string; bindings: unknown[] }[] = [];
  const note = ({ sql, bindings }: { sql: string; bindings: unknown[] }) => statements.push({ sql, bindings });
  database.knex.on('query', note);
  await work();
  database.knex.off('query', note);
  const plans: string[] = [];
  for (const { sql, bindings } of statements.filter(({ sql }) => /^(select|delete)/i.test(sql))) {
    const [[{ key, Extra: extra }]] = await database.knex.raw(`EXPLAIN FORMAT=TRADITIONAL ${sql}`, bindings as never);
    plans.push(`${key}${/filesort/i.test(extra ?? '') ? ', sorted' : ''}`);
  }
  return plans;
}

describe('messages that were delivered or given up', () => {
  test('go by when that was, with the attempts at them, no more at a time than was said', async () => {
    const stranger = (await newTenant(database)).tenantId;
    const [young] = await insert('delivered', [29]);
    await insert('delivered', [31, 40]);
    await insert('failed', [35], stranger);
    const [pending] = await insert('pending', [50]);
    expect(await pruneDeliveries(database, daysAgo(30), 2)).toBe(2);
    expect(await pruneDeliveries(database, daysAgo(30), 2)).toBe(1);
    expect(await pruneDeliveries(database, daysAgo(30), 2)).toBe(0);
    expect(await left()).toEqual([young, pending]);
    expect(await attempted()).toEqual([young, pending]);
  });

  test('are found by the index of their ends', async () => {
    await insert(
      'delivered',
      Array.from({ length: 3_000 }, (_, n) => n / 50),
    );
    const plans = await plansOf(() => pruneDeliveries(database, daysAgo(55), 5));
    expect(plans[0]).toBe('by_end');
    expect(plans.slice(1, 3)).toEqual(['PRIMARY', 'PRIMARY']);
  });
});

describe('messages that are due', () => {
  test('are listed page by page, the longest due first, each once, though many are due at the same time', async () => {
    const ids = [...(await insert('pending', [3, 3, 3, 3, 3])), ...(await insert('pending', [2, 1]))];
    await insert('pending', [-1]);
    await insert('failed', [5]);
    const found: DeliveryId[] = [];
    let after: PendingDelivery | null = null;
    do {
      const page: PendingDelivery[] = await listDueDeliveries(database, { before: daysAgo(1), after, limit: 2 });
      found.push(...page.map(({ deliveryId }) => deliveryId));
      after = page.at(-1) ?? null;
    } while (after !== null);
    expect(found).toEqual(ids);
  });

  test('are found by the index of what is due, and those of a creation by its own', async () => {
    await insert(
      'delivered',
      Array.from({ length: 3_000 }, () => 1),
    );
    await insert(
      'pending',
      Array.from({ length: 500 }, (_, n) => n / 50),
    );
    const [first] = await listDueDeliveries(database, { before: daysAgo(5), after: null, limit: 1 });
    const due = () => listDueDeliveries(database, { before: daysAgo(5), after: first ?? null, limit: 5 });
    const other = { tenantId, id: newCreationId(NOW) };
    expect(await plansOf(due)).toEqual(['due']);
    expect(await plansOf(() => listPendingOf(database, other))).toEqual(['by_creation']);
  });
});

test('who wants to be told of an end is looked for by keys, among many creations and endpoints', async () => {
  const creations = Array.from({ length: 2_000 }, () => aCreation(tenantId));
  await acceptCreations(database, creations);
  await database.knex('role_creations').update({ status: 'cancelled', finished_at: NOW_DATE });
  for (let n = 0; n < 5; n += 1) {
    const { tenantId: other } = await newTenant(database);
    for (let m = 0; m < 20; m += 1) await anEndpoint(database, other);
  }
  await database.knex.raw('ANALYZE TABLE role_creations, webhook_endpoints');
  const [, one] = creations;
  if (one === undefined) throw new Error('There is none.');
  const plans = await plansOf(() => database.knex.transaction(trx => recordEnds(trx, [one], NOW_DATE)));
  expect(plans).toEqual(['PRIMARY']);
});
