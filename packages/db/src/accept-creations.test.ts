import { afterAll, describe, expect, test } from '@jest/globals';
import type { TaskId } from '@roleforge/contracts';
import { newTenant, testServers } from '@roleforge/testkit';
import { acceptCreations, createAttemptLedger, findCreation, openDatabase } from './index.ts';
import { aCreation, taken } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

/** Everything that SQL, JSON or a query builder could stumble over. */
const AWKWARD = '“茶” it\'s "50%" \\ \\\' ? ?? :name $1 -- ; \n\t\u0000 😀 👩‍👩‍👧 é';

describe('accepting creations', () => {
  test('many are written at once, and each is found as it was given', async () => {
    const { tenantId } = await newTenant(database);
    const creations = Array.from({ length: 300 }, (_, index) => aCreation(tenantId, { taskId: `task-${index}` }));
    await acceptCreations(database, creations);
    const found = await Promise.all(creations.map(({ id }) => findCreation(database, tenantId, id)));
    expect(found).toEqual(creations.map(({ inlineSources: _, deadlineSeconds: __, ...record }) => record));
  });

  test('awkward text comes back unchanged from every column that a customer fills', async () => {
    const { tenantId } = await newTenant(database);
    const sources = {
      baseInfo: { name: AWKWARD.trim(), locale: 'zh-CN', age: 300 },
      knowledge: { items: [{ id: 'k1', title: 'Quotes', content: AWKWARD.trim(), weight: 0.5 }] },
    };
    const creation = aCreation(tenantId, {
      sources,
      metadata: { [AWKWARD]: AWKWARD, plain: '' },
      webhook: { url: 'https://example.com/hook?a=%27&b="', events: ['role_creation.succeeded'] },
      priority: 'urgent',
      runAt: '2031-02-03T04:05:06.789+08:00',
      deadlineSeconds: 60,
      now: new Date('2031-01-01T00:00:00.123Z'),
    });
    await acceptCreations(database, [creation]);
    const { inlineSources, deadlineSeconds: _, ...record } = creation;
    expect(await findCreation(database, tenantId, creation.id)).toEqual(record);
    expect((await taken(createAttemptLedger(database), creation)).inlineSources).toEqual(inlineSources);
    expect(inlineSources).toEqual(sources);
  });

  test('the fullest metadata that a request may carry fits', async () => {
    const { tenantId } = await newTenant(database);
    // A control character takes six bytes as JSON, more than any other.
    const metadata = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [String(index).padEnd(64, '\u0001'), '\u0001'.repeat(500)]),
    );
    const creation = aCreation(tenantId, { metadata });
    await acceptCreations(database, [creation]);
    expect((await findCreation(database, tenantId, creation.id))?.metadata).toEqual(metadata);
  });

  test('one row that the database refuses leaves none of the others behind', async () => {
    const { tenantId } = await newTenant(database);
    const good = [aCreation(tenantId), aCreation(tenantId), aCreation(tenantId)];
    const bad = { ...aCreation(tenantId), taskId: 'x'.repeat(65) as TaskId };
    await expect(acceptCreations(database, [...good, bad])).rejects.toMatchObject({ code: 'ER_DATA_TOO_LONG' });
    expect(await Promise.all(good.map(({ id }) => findCreation(database, tenantId, id)))).toEqual([null, null, null]);
  });

  test('an id that is there already is refused, and the row that has it stays as it was', async () => {
    const { tenantId } = await newTenant(database);
    const first = aCreation(tenantId, { metadata: { turn: 'first' } });
    const other = aCreation(tenantId);
    await acceptCreations(database, [first]);
    await expect(acceptCreations(database, [other, { ...first, metadata: {} }])).rejects.toMatchObject({
      code: 'ER_DUP_ENTRY',
    });
    expect((await findCreation(database, tenantId, first.id))?.metadata).toEqual({ turn: 'first' });
    expect(await findCreation(database, tenantId, other.id)).toBeNull();
  });
});
