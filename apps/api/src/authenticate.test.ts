import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKeyId, TenantId } from '@roleforge/contracts';
import { type Database, issueApiKey, openDatabase } from '@roleforge/db';
import { hashApiKey, newApiKey } from '@roleforge/domain';
import { newTenant, noteSecret, testServers } from '@roleforge/testkit';
import { createAuthenticate } from './authenticate.ts';

const OLD = noteSecret('the pepper of last year');
const NEW = noteSecret('the pepper of this year');

let database: Database;
let queries = 0;
beforeAll(() => {
  database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
  database.knex.on('query', () => {
    queries += 1;
  });
});
afterAll(() => database.close());

type Given = { peppers?: string[]; now?: () => Date };

/** What asks the ledger for keys, and the work that it leaves behind. */
function authenticating({ peppers = [], now = () => new Date() }: Given = {}) {
  const behind: (() => Promise<void>)[] = [];
  const used: ApiKeyId[] = [];
  const authenticate = createAuthenticate({
    database,
    peppers,
    readToken: null,
    noteUse: id => used.push(id),
    behind: work => behind.push(work),
    clock: now,
  });
  return { ask: (key: string) => authenticate(`Bearer ${key}`), behind, used };
}

async function newKey(pepper: string | null, given: { expiresAt?: Date } = {}) {
  const { tenantId } = await newTenant(database);
  const { key, record } = await issueApiKey(database.knex, { tenantId, ...given }, { pepper, now: new Date() });
  return { tenantId, key, id: record.id };
}

async function storedHash(id: ApiKeyId): Promise<Buffer> {
  return (await database.knex('api_keys').where({ id }).first('key_hash')).key_hash;
}

async function queriesDuring(work: () => Promise<unknown>): Promise<number> {
  const before = queries;
  await work();
  return queries - before;
}

describe('peppers', () => {
  test.each([
    ['under an older pepper', OLD],
    ['without a pepper', null],
  ])('a key stored %s works, and is stored anew under the newest behind the request', async (_, pepper) => {
    const { key, id } = await newKey(pepper);
    const { ask, behind } = authenticating({ peppers: [NEW, OLD] });
    expect((await ask(key)).actor).toEqual({ kind: 'api_key', id });
    expect(await storedHash(id)).toEqual(hashApiKey(key, pepper));
    for (const work of behind) await work();
    expect(await storedHash(id)).toEqual(hashApiKey(key, NEW));
    const alone = authenticating({ peppers: [NEW] });
    expect((await alone.ask(key)).actor).toEqual({ kind: 'api_key', id });
    expect(alone.behind).toEqual([]);
  });

  test('many processes may store one anew at the same time', async () => {
    const { key, id } = await newKey(OLD);
    const processes = Array.from({ length: 5 }, () => authenticating({ peppers: [NEW, OLD] }));
    for (const { ask } of processes) await ask(key);
    await Promise.all(processes.flatMap(({ behind }) => behind).map(work => work()));
    expect(await storedHash(id)).toEqual(hashApiKey(key, NEW));
  });

  test('a key under a pepper that is not configured any more is unknown', async () => {
    const { key } = await newKey(OLD);
    await expect(authenticating({ peppers: [NEW] }).ask(key)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('lookups', () => {
  test('hundreds of requests with one key in one moment are one query, also when it is not believed any more', async () => {
    const { key } = await newKey(null);
    let now = new Date();
    const { ask, used } = authenticating({ now: () => now });
    const all = () => Promise.all(Array.from({ length: 300 }, () => ask(key)));
    expect(await queriesDuring(all)).toBe(1);
    expect(await queriesDuring(all)).toBe(0);
    now = new Date(now.getTime() + 1_000);
    expect(await queriesDuring(all)).toBe(1);
    expect(used).toHaveLength(900);
  });

  test('a client that keeps trying one bad key does not keep MySQL busy', async () => {
    const now = new Date();
    const { ask } = authenticating({ now: () => now });
    const bad = newApiKey();
    const refused = () => expect(ask(bad)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await queriesDuring(refused)).toBe(1);
    expect(await queriesDuring(() => Promise.all(Array.from({ length: 100 }, refused)))).toBe(0);
  });

  test('a mistyped key costs no query at all', async () => {
    const key = newApiKey();
    const mistyped = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
    const { ask } = authenticating();
    expect(await queriesDuring(() => expect(ask(mistyped)).rejects.toMatchObject({ code: 'unauthenticated' }))).toBe(0);
  });

  test('a key works until the moment at which it expires, although it is believed', async () => {
    let now = new Date();
    const expiresAt = new Date(now.getTime() + 500);
    const { key } = await newKey(null, { expiresAt });
    const { ask } = authenticating({ now: () => now });
    await ask(key);
    now = new Date(expiresAt.getTime() - 1);
    await ask(key);
    now = expiresAt;
    await expect(ask(key)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('a key and its tenant', () => {
  async function setStatus(id: TenantId, status: string): Promise<void> {
    await database.knex('tenants').where({ id }).update({ status });
  }

  test('a revoked key is believed for a second from the query on, exactly', async () => {
    const { key, id } = await newKey(null);
    const start = new Date();
    let now = start;
    const { ask } = authenticating({ now: () => now });
    await ask(key);
    await database.knex('api_keys').where({ id }).update({ revoked_at: start });
    now = new Date(start.getTime() + 999);
    await ask(key);
    now = new Date(start.getTime() + 1_000);
    await expect(ask(key)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a suspended tenant is told so, a second later at the latest, and is let in again as soon', async () => {
    const { key, tenantId } = await newKey(null);
    let now = new Date();
    const { ask, used } = authenticating({ now: () => now });
    await ask(key);
    await setStatus(tenantId, 'suspended');
    now = new Date(now.getTime() + 1_000);
    await expect(ask(key)).rejects.toMatchObject({ code: 'tenant_suspended' });
    await setStatus(tenantId, 'active');
    now = new Date(now.getTime() + 1_000);
    await ask(key);
    expect(used).toHaveLength(2);
  });
});
