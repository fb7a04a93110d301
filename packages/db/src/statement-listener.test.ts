import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { newTenant, testServers } from '@roleforge/testkit';
import { createSourceStore, findCreation, openDatabase } from './index.ts';
import { TASK, waitingCreation } from './ledger.fixture.ts';

const CONFIDENTIAL = 'what a customer wrote 4711';
const asker = new AsyncLocalStorage<string>();

type Heard = { sql: string; asker: string | undefined; end?: unknown };
let heard: Heard[] = [];
const database = openDatabase({
  url: testServers().databaseUrl,
  patienceMs: 10_000,
  onStatement(sql) {
    const one: Heard = { sql, asker: asker.getStore() };
    heard.push(one);
    return error => {
      one.end = error ?? 'well';
    };
  },
});
afterAll(() => database.close());
beforeEach(() => {
  heard = [];
});

test('each statement is told of without its values, whichever way it goes, in the context of those whom it is for', async () => {
  const { tenantId } = await newTenant(database);
  heard = [];
  await asker.run('one', async () => {
    const creation = await waitingCreation(database, tenantId, { metadata: { note: CONFIDENTIAL } });
    await findCreation(database, tenantId, creation.id);
    const document = { name: CONFIDENTIAL, locale: 'en' } as const;
    await createSourceStore(database).putSource(tenantId, TASK, 'baseInfo', document);
    await database.knex.transaction(trx => trx.raw('SELECT ? AS it', [CONFIDENTIAL]));
  });
  expect(heard.length).toBeGreaterThanOrEqual(6);
  expect(heard.filter(one => one.sql.includes(CONFIDENTIAL) || one.sql.includes(tenantId))).toEqual([]);
  expect(heard.map(one => [one.asker, one.end])).toEqual(heard.map(() => ['one', 'well']));
  const verbs = heard.map(({ sql }) => sql.split(/[ ;]/)[0]?.toUpperCase());
  expect(verbs).toEqual(expect.arrayContaining(['INSERT', 'SELECT', 'BEGIN', 'COMMIT']));
});

test('one that fails is told of with its error, which its caller gets too', async () => {
  await expect(database.knex.raw('SELECT nothing FROM nowhere')).rejects.toMatchObject({ code: 'ER_NO_SUCH_TABLE' });
  expect(heard.at(-1)?.end).toMatchObject({ code: 'ER_NO_SUCH_TABLE' });
});
