import { StoreUnavailable } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { firstTables } from './migrations/0001-first-tables.ts';
import { idempotencyKeys } from './migrations/0002-idempotency-keys.ts';
import { steering } from './migrations/0003-steering.ts';
import { writer } from './migrations/0004-writer.ts';
import { tenants } from './migrations/0005-tenants.ts';
import { replicationBeat } from './migrations/0006-replication-beat.ts';
import { traces } from './migrations/0007-traces.ts';
import { erasedCreations } from './migrations/0008-erased-creations.ts';

/** In their order. A migration that has been released is never changed. */
const MIGRATIONS: Record<string, Knex.Migration> = {
  '0001-first-tables': firstTables,
  '0002-idempotency-keys': idempotencyKeys,
  '0003-steering': steering,
  '0004-writer': writer,
  '0005-tenants': tenants,
  '0006-replication-beat': replicationBeat,
  '0007-traces': traces,
  '0008-erased-creations': erasedCreations,
};

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(MIGRATIONS),
  getMigrationName: name => name,
  getMigration: async name => {
    const migration = MIGRATIONS[name];
    if (migration === undefined) throw new Error(`There is no migration ${name}.`);
    return migration;
  },
};

const LOCK = 'roleforge_migrate';
const LOCK_PATIENCE_S = 120;
/**
 * How long a migration may take, in milliseconds: that of a large table takes long, and giving it up half-way helps nobody. Open the
 * database that is to be migrated with this as its `answerMs`.
 */
export const MIGRATION_PATIENCE_MS = 24 * 3_600_000;

/**
 * Brings the schema up to date and returns the names of the migrations that this call ran. Processes that start together
 * take turns by a lock of the server's, which dies with its connection; knex's own lock table would stay behind after a
 * crash.
 * @throws StoreUnavailable also when the turn did not come
 */
export async function migrate(database: Database): Promise<string[]> {
  const { knex } = database;
  return answered({ patienceMs: MIGRATION_PATIENCE_MS }, async () => {
    const holder = await knex.client.acquireConnection();
    try {
      const [[{ held }]] = await knex.raw('SELECT GET_LOCK(?, ?) AS held', [LOCK, LOCK_PATIENCE_S]).connection(holder);
      if (held !== 1) throw new StoreUnavailable('Another process has not finished migrating.');
      await knex.migrate.forceFreeMigrationsLock({ migrationSource: source });
      const [, names] = (await knex.migrate.latest({ migrationSource: source })) as [number, string[]];
      return names;
    } finally {
      await knex.raw('SELECT RELEASE_LOCK(?) AS held', [LOCK]).connection(holder);
      await knex.client.releaseConnection(holder);
    }
  });
}

/** Runs the next migration alone and returns its name, or null where there is none. For tests. */
export async function migrateNext({ knex }: Database): Promise<string | null> {
  const [, [name]] = (await knex.migrate.up({ migrationSource: source })) as [number, string[]];
  return name ?? null;
}

/** Takes every migration back. For tests. */
export async function rollBackAll(database: Database): Promise<void> {
  const { knex } = database;
  await knex.migrate.rollback({ migrationSource: source }, true);
}
