import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase, testServers } from '@roleforge/testkit';
import { type Database, migrate, openDatabase, rollBackAll } from './index.ts';
import { TENANT_TABLES } from './tenant-rows.ts';

let own: TestDatabase;
let opened: Database[];

beforeEach(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: false });
  opened = [];
});
afterEach(async () => {
  for (const database of opened) await database.close();
  await own.drop();
});

/** A pool of its own, as each process has one. */
function open(): Database {
  const database = openDatabase({ url: own.url, patienceMs: 10_000 });
  opened.push(database);
  return database;
}

async function tablesOf({ knex }: Database): Promise<string[]> {
  const [rows] = await knex.raw('SHOW TABLES');
  return (rows as Record<string, string>[]).flatMap(row => Object.values(row)).toSorted();
}

const OURS = [...TENANT_TABLES, 'audit_log', 'replication_beat', 'system_switches', 'tenants'].toSorted();
const ALL = [
  '0001-first-tables',
  '0002-idempotency-keys',
  '0003-steering',
  '0004-writer',
  '0005-tenants',
  '0006-replication-beat',
  '0007-traces',
  '0008-erased-creations',
];
const KNEX = ['knex_migrations', 'knex_migrations_lock'];

describe('migrations', () => {
  test('an empty database gets every table, and a second run finds nothing to do', async () => {
    const database = open();
    expect(await migrate(database)).toEqual(ALL);
    expect(await tablesOf(database)).toEqual([...OURS, ...KNEX].toSorted());
    expect(await migrate(database)).toEqual([]);
  });

  test('processes that start together take turns: one runs the migrations', async () => {
    const runs = await Promise.all([migrate(open()), migrate(open()), migrate(open())]);
    expect(runs.toSorted((a, b) => b.length - a.length)).toEqual([ALL, [], []]);
  });

  test('taking all back leaves no table of ours, and they can be made again', async () => {
    const database = open();
    await migrate(database);
    await rollBackAll(database);
    expect(await tablesOf(database)).toEqual(KNEX);
    expect(await migrate(database)).toEqual(ALL);
  });

  test('the lock that a crashed process left in knex’s table does not stop the next', async () => {
    const database = open();
    await migrate(database);
    await rollBackAll(database);
    await database.knex('knex_migrations_lock').update({ is_locked: 1 });
    expect(await migrate(open())).toEqual(ALL);
  });

  test('a process that was killed half-way through the first migration leaves what the next can finish', async () => {
    const database = open();
    await migrate(database);
    // MySQL commits each CREATE TABLE by itself; the name of the migration is noted after the last.
    await database.knex('knex_migrations').delete();
    await database.knex('knex_migrations_lock').update({ is_locked: 1 });
    for (const table of ['role_versions', 'roles', 'role_creations']) await database.knex.schema.dropTable(table);
    expect(await migrate(open())).toEqual(ALL);
    expect(await tablesOf(database)).toEqual([...OURS, ...KNEX].toSorted());
  });

  test('a process whose wait for its turn is broken off does not run them out of turn', async () => {
    const holder = open();
    const connection = await holder.knex.client.acquireConnection();
    await holder.knex.raw("SELECT GET_LOCK('roleforge_migrate', 10)").connection(connection);
    try {
      const waiting = expect(migrate(open())).rejects.toThrow();
      await holder.knex.raw('KILL QUERY ?', [await waiterOf(holder)]);
      await waiting;
      expect(await tablesOf(holder)).toEqual([]);
    } finally {
      await holder.knex.raw("SELECT RELEASE_LOCK('roleforge_migrate')").connection(connection);
      await holder.knex.client.releaseConnection(connection);
    }
  });
});

/** The connection that waits for the migrations' lock in this test's database, as soon as there is one. */
async function waiterOf({ knex }: Database): Promise<number> {
  for (;;) {
    const [rows] = await knex.raw(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User lock'",
    );
    if (rows.length > 0) return rows[0].id;
  }
}
