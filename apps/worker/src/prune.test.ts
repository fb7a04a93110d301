import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CreationId, SubmitCreation, type TenantId } from '@roleforge/contracts';
import { acceptCreations, addRows, type Database, openDatabase } from '@roleforge/db';
import { firstCreationIdAt, newBulkId, newCreation } from '@roleforge/domain';
import {
  type CreationQueue,
  closeRedis,
  createEventLog,
  type EventLog,
  openCreationQueue,
  openRedis,
} from '@roleforge/queue';
import { type Logger, silentLogger } from '@roleforge/telemetry';
import { createTestDatabase, newQueuePrefix, newTenant, testServers } from '@roleforge/testkit';
import { PRUNE_EVERY_MS, prune } from './prune.ts';
import { openWorkshop } from './worker.fixture.ts';

const DAY_MS = 86_400_000;
let now = Date.now();
/** Ids never step back in time, so every test has a quarter of its own. */
beforeEach(() => {
  now += 91 * DAY_MS;
});
const daysAgo = (days: number) => new Date(now - days * DAY_MS);

type Store = {
  database: Database;
  queue: CreationQueue;
  events: EventLog;
  tenantId: TenantId;
  /** The lines that were logged. */
  lines: [string, unknown][];
  /** @param options.roundMs how long a round of batches takes, one of each kind */
  run(options?: { days?: number | null; signal?: AbortSignal; roundMs?: number }): ReturnType<typeof prune>;
  close(): Promise<void>;
};

let store: Store;
beforeEach(async () => {
  store = await openStore();
});
afterEach(() => store.close());

async function openStore(): Promise<Store> {
  const { databaseUrl, redisUrl } = testServers();
  const own = await createTestDatabase(databaseUrl, { migrated: true });
  const database = openDatabase({ url: own.url, patienceMs: 10_000 });
  const redis = openRedis(redisUrl, 'request');
  await once(redis, 'ready');
  const prefix = newQueuePrefix();
  const queue = openCreationQueue(redis, prefix);
  const events = createEventLog(redis, prefix);
  const { tenantId } = await newTenant(database);
  const lines: [string, unknown][] = [];
  const log = { ...silentLogger, info: (message: string, fields: unknown) => lines.push([message, fields]) };
  return {
    database,
    queue,
    events,
    tenantId,
    lines,
    run: ({ days = null, signal = new AbortController().signal, roundMs = 0 } = {}) => {
      let looks = 0;
      return prune(
        {
          database,
          queue,
          events,
          creationRetentionMs: days === null ? null : days * DAY_MS,
          log: log as unknown as Logger,
          clock: () => new Date(now + roundMs * looks++),
        },
        signal,
      );
    },
    async close() {
      await queue.close();
      await closeRedis(redis);
      await database.close();
      await own.drop();
    },
  };
}

/** Creations that ended so many days ago, each with its log of events. */
async function ended(count: number, days: number): Promise<CreationId[]> {
  const { database, tenantId, events } = store;
  const submission = SubmitCreation.parse({ taskId: 'tea-shop' });
  const creations = Array.from({ length: count }, () =>
    newCreation(submission, { tenantId, requestId: 'test', traceparent: null, now: daysAgo(days) }),
  );
  await acceptCreations(database, creations);
  const ids = creations.map(({ id }) => id);
  await database
    .knex('role_creations')
    .whereIn('id', ids)
    .update({ status: 'failed', finished_at: daysAgo(days) });
  await Promise.all(ids.map(id => events.append(id, { type: 'role_creation.running', data: { status: 'running' } })));
  return ids;
}

async function remembered(count: number, days: number, database = store.database, tenantId = store.tenantId) {
  const row = (n: number) => ({
    tenant_id: tenantId,
    scope: 'submitCreation',
    idempotency_key: `${days}-${n}`,
    body_digest: 'd'.repeat(64),
    claim: `${n}`,
    answer: '{}',
    created_at: daysAgo(days),
  });
  await database.knex.batchInsert(
    'idempotency_keys',
    Array.from({ length: count }, (_, n) => row(n)),
    1_000,
  );
}

async function finishedBulks(count: number, days: number): Promise<void> {
  const row = () => ({
    tenant_id: store.tenantId,
    id: newBulkId(daysAgo(days).getTime()),
    request_id: 'test',
    action: 'cancel',
    filter: '{}',
    state: 'finished',
    matched: 0,
    until_id: firstCreationIdAt(0),
    created_at: daysAgo(days),
    finished_at: daysAgo(days),
  });
  await store.database.knex('bulk_operations').insert(Array.from({ length: count }, row));
}

const countOf = async (table: string) => Number((await store.database.knex(table).count({ n: '*' }))[0]?.n);

describe('pruning', () => {
  test('deletes answers after a day, and creations with their events after the days that were set', async () => {
    await remembered(3, 1.1);
    await remembered(2, 0.9);
    const { database, tenantId } = store;
    for (const days of [1.1, 0.9])
      await addRows(database.knex, tenantId, 'erased_creations', { accepted_at: daysAgo(days), creations: 1 });
    const old = await ended(2, 31);
    const young = await ended(1, 29);
    expect(await store.run({ days: 30 })).toEqual({
      idempotencyKeys: 3,
      creations: 2,
      erased: 1,
      bulks: 0,
      deliveries: 0,
      jobs: 0,
    });
    expect(store.lines).toEqual([
      ['pruned', { idempotencyKeys: 3, creations: 2, erased: 1, bulks: 0, deliveries: 0, jobs: 0 }],
    ]);
    expect([await countOf('idempotency_keys'), await countOf('erased_creations')]).toEqual([2, 1]);
    expect(await store.database.knex('role_creations').pluck('id')).toEqual(young);
    for (const id of old) expect(await store.events.read(id, 0)).toEqual([]);
    expect(await store.events.read(young[0] as CreationId, 0)).toHaveLength(1);
  });

  test('with nothing to do says nothing', async () => {
    await ended(1, 29);
    expect(await store.run({ days: 30 })).toEqual({
      idempotencyKeys: 0,
      creations: 0,
      erased: 0,
      bulks: 0,
      deliveries: 0,
      jobs: 0,
    });
    expect(store.lines).toEqual([]);
  });

  test('keeps creations for ever where no days were set', async () => {
    await ended(1, 90);
    expect(await store.run()).toMatchObject({ creations: 0 });
    expect(await countOf('role_creations')).toBe(1);
  });

  test('goes on until nothing is left', async () => {
    await remembered(5_600, 2);
    expect(await store.run()).toMatchObject({ idempotencyKeys: 5_600 });
  });

  test('ends when its slice of time is over, in which every kind has had its turn, and the next runs do the rest', async () => {
    await remembered(1_600, 2);
    await ended(300, 31);
    await finishedBulks(300, 8);
    expect(await store.run({ days: 30, roundMs: 1_500 })).toMatchObject({
      idempotencyKeys: 750,
      creations: 300,
      bulks: 300,
    });
    expect(await store.run({ days: 30, roundMs: 1_500 })).toMatchObject({ idempotencyKeys: 750 });
    expect(await store.run({ days: 30, roundMs: 1_500 })).toMatchObject({ idempotencyKeys: 100 });
    expect(await store.run({ days: 30, roundMs: 1_500 })).toMatchObject({ idempotencyKeys: 0 });
  });

  test('is due again as soon as a run that left something is over', async () => {
    await remembered(1_600, 2);
    let looks = 0;
    const { database, queue, events } = store;
    const clock = () => new Date(now + 1_000 * looks++);
    await prune(
      { database, queue, events, creationRetentionMs: null, log: silentLogger, clock },
      new AbortController().signal,
    );
    expect(await countOf('idempotency_keys')).toBeGreaterThan(0);
    expect(1_000 * (looks - 1)).toBeGreaterThanOrEqual(PRUNE_EVERY_MS);
  });

  test('deletes bulk calls a week after they were finished', async () => {
    await finishedBulks(2, 7.1);
    await finishedBulks(1, 6.9);
    expect(await store.run()).toMatchObject({ bulks: 2 });
    expect(await countOf('bulk_operations')).toBe(1);
  });

  test('goes on after a whole batch, and stops where it is asked to', async () => {
    await ended(600, 31);
    const stopped = AbortSignal.abort('stopping');
    expect(await store.run({ days: 30, signal: stopped })).toEqual({
      idempotencyKeys: 0,
      creations: 0,
      erased: 0,
      bulks: 0,
      deliveries: 0,
      jobs: 0,
    });
    expect(await store.run({ days: 30 })).toMatchObject({ creations: 600 });
  });

  test('finds the rows again whose events Redis did not remove', async () => {
    await ended(1, 31);
    const { remove } = store.events;
    store.events.remove = () => Promise.reject(new Error('Redis is away'));
    await expect(store.run({ days: 30 })).rejects.toThrow('Redis is away');
    expect(await countOf('role_creations')).toBe(1);
    store.events.remove = remove;
    expect(await store.run({ days: 30 })).toMatchObject({ creations: 1 });
  });
});

test('a worker prunes, by its settings, as soon as it starts', async () => {
  now = Date.now();
  const workshop = await openWorkshop();
  try {
    const { database, tenantId } = workshop;
    await remembered(1, 2, database, tenantId);
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await database
      .knex('role_creations')
      .where({ id })
      .update({
        id: id.replace(/^rc_\w{10}/, `rc_${'0'.repeat(10)}`),
        status: 'cancelled',
        finished_at: daysAgo(3),
      });
    await workshop.startWorker({ CREATION_RETENTION_DAYS: '2' });
    const left = async () => [
      ...(await database.knex('idempotency_keys').select('claim')),
      ...(await database.knex('role_creations').select('id')),
    ];
    while ((await left()).length > 0);
  } finally {
    await workshop.close();
  }
});
