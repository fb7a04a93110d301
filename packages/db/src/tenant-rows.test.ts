import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { newTenantId } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { openDatabase } from './database.ts';
import { addRows, rowsOf, rowsOfAll, TENANT_TABLES } from './tenant-rows.ts';

/** Who looks after the system as a whole, and why that answers no tenant's question. */
const OVER_ALL_TENANTS: Record<string, string> = {
  'api-key-upkeep.ts': 'when keys were last used is noted for those of many tenants at once',
  'attempt-ledger.ts': 'a worker has creations of many tenants in hand, and names each by its whole key',
  'bulk-store.ts': 'the reconciler goes on with bulk calls that were broken off',
  'delivery-upkeep.ts': 'deliveries that are due, or have been kept for long enough, whose ever they are',
  'outbox.ts': 'ends of creations of many tenants are told of at once, each named by its whole key',
  'principals.ts': 'a key tells whose it is: before that there is no tenant',
  'prune.ts': 'what has been kept for long enough goes, whose ever it is',
  'settle-creations.ts': 'the reconciler settles creations of many tenants, and names each by its whole key',
  'system-tallies.ts': 'how the system as a whole does: counts, and nothing of whose they are',
  'tenant-of-creation.ts': 'the operator has the id of a creation, and is told whose it is',
  'tenant-shares.ts': 'the queue is shared among all tenants, by what each may use and has used',
  'tenant-store.ts': 'a key tells whose it is: before that there is no tenant',
  'unfinished-creations.ts': 'the reconciler puts back what waits, whose ever it is',
  'withdraw-creations.ts': 'a group of the intake holds submissions of many tenants, and names each by its whole key',
};

/** Statements in SQL without `tenant_id` in their WHERE, by how they begin. */
const SQL_OVER_ALL_TENANTS: Record<string, string> = {
  'INSERT INTO role_creations (': 'its columns are a constant, whose first is tenant_id',
  'SELECT tenant_id, scope, idempotency_key, body_digest, answer FROM idempotency_keys':
    'the WHERE that follows is `ofCalls`, which names the tenant of each call',
  'JOIN role_creations FORCE INDEX (by_tenant_status) ON':
    'how many wait whose tenants are stopped, all tenants together',
  'STRAIGHT_JOIN usage_days ON': 'what calls have cost in this month, all tenants together',
  'DELETE FROM idempotency_keys WHERE created_at': 'what has been kept for long enough goes, whose ever it is',
  'DELETE FROM erased_creations WHERE accepted_at': 'what has been kept for long enough goes, whose ever it is',
  'DELETE FROM bulk_operations WHERE state': 'what has been kept for long enough goes, whose ever it is',
};

const TABLE = `(?:${TENANT_TABLES.join('|')})`;

describe('rows of tenants', () => {
  const sources = sourcesOfThisPackage();

  test('are asked for by rowsOf, addRows and rowsOfAll alone', () => {
    const elsewhere = new RegExp(`(?:\\w|\\))\\(\\s*['"\`]${TABLE}['"\`]\\s*\\)`, 'g');
    const byVariable = /\b(?:knex|trx)\(\s*[A-Za-z]/g;
    expect(found(sources, elsewhere)).toEqual([]);
    expect(found(sources, byVariable)).toEqual([]);
    expect(found(sources, new RegExp(`\\.(?:from|into|table)\\(\\s*['"\`]${TABLE}`, 'g'))).toEqual([]);
  });

  test('are joined tenant by tenant', () => {
    const joins = new RegExp(`\\.\\w*[jJ]oin\\(\\s*['"\`]${TABLE}['"\`],[^;]{0,200}`, 'g');
    const loose = sources.flatMap(({ file, text }) =>
      [...text.matchAll(joins)].filter(([join]) => !join.includes('tenant_id')).map(([join]) => `${file}: ${join}`),
    );
    expect(loose).toEqual([]);
  });

  test('of all tenants are for those who look after the system', () => {
    const users = sources.filter(({ file, text }) => /\browsOfAll\(/.test(text) && file !== 'tenant-rows.ts');
    expect(users.map(({ file }) => file).sort()).toEqual(Object.keys(OVER_ALL_TENANTS).sort());
  });

  test('are named with their tenant by every statement in SQL', () => {
    const about = new RegExp(`\\b(?:FROM|UPDATE|INTO|JOIN)\\s+(?:\\?\\?|\\$\\{TABLES\\b|${TABLE}\\b)`);
    const loose = sources.flatMap(({ file, text }) =>
      literalsIn(text)
        .filter(sql => about.test(sql) && !namesTenant(sql))
        .filter(sql => !Object.keys(SQL_OVER_ALL_TENANTS).some(beginning => sql.startsWith(beginning)))
        .map(sql => `${file}: ${sql}`),
    );
    expect(loose).toEqual([]);
  });

  test('are looked at where they are: the eye finds what it is to find', () => {
    const all = sources.flatMap(({ text }) => literalsIn(text));
    for (const beginning of Object.keys(SQL_OVER_ALL_TENANTS))
      expect(all.some(sql => sql.startsWith(beginning))).toBe(true);
    expect(namesTenant('UPDATE roles SET tenant_id = tenant_id WHERE id = ?')).toBe(false);
    expect(namesTenant('INSERT INTO roles (id) VALUES (?)')).toBe(false);
  });

  test('say that they are of the tenant for whom they are added, and are seen by nobody else', async () => {
    const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
    try {
      const [{ tenantId }, stranger] = [await newTenant(database), newTenantId()];
      const row = { tenant_id: stranger, strategy_id: 'mine', version: 1, document: '{}', created_at: new Date() };
      await addRows(database.knex, tenantId, 'strategies', row);
      const versions = (of: TenantId) => rowsOf(database.knex, of, 'strategies').pluck('version');
      expect(await versions(tenantId)).toEqual([1]);
      expect(await versions(stranger)).toEqual([]);
      expect(await rowsOfAll(database.knex, 'strategies').where({ tenant_id: tenantId }).pluck('version')).toEqual([1]);
    } finally {
      await database.close();
    }
  });
});

type Source = { file: string; text: string };

/** What stands in this folder without tests, fixtures and migrations, and without comments, in which apostrophes are no quotes. */
function sourcesOfThisPackage(): Source[] {
  const folder = import.meta.dirname;
  return readdirSync(folder)
    .filter(file => /\.ts$/.test(file) && !/\.(test|fixture)\.ts$/.test(file))
    .map(file => {
      const text = readFileSync(join(folder, file), 'utf8');
      return { file, text: text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '') };
    });
}

function found(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([match]) => `${file}: ${match}`));
}

function literalsIn(text: string): string[] {
  return [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
}

/** An insertion among its columns, everything else in its WHERE. */
function namesTenant(sql: string): boolean {
  if (/^\s*INSERT INTO/.test(sql) && !/\bSELECT\b/.test(sql)) return /^[^)]*\btenant_id\b/.test(sql);
  return /\bWHERE\b[\s\S]*\btenant_id\b/.test(sql);
}
