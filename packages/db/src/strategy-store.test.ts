import { afterAll, describe, expect, test } from '@jest/globals';
import { StrategyDocument, type StrategyId } from '@roleforge/contracts';
import { systemStrategy } from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { createStrategyStore, openDatabase } from './index.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const store = createStrategyStore(database, () => NOW);
const DEFAULT = 'default' as StrategyId;
const BRIEF = 'brief' as StrategyId;
const document = (instructions: string): StrategyDocument => StrategyDocument.parse({ instructions });

describe('strategies', () => {
  test('every put makes the next version, and the latest is the one in force', async () => {
    const { tenantId } = await newTenant(database);
    expect(await store.putStrategy(tenantId, BRIEF, document('Short.'))).toMatchObject({ version: 1 });
    const second = await store.putStrategy(tenantId, BRIEF, document('Shorter: “简”.'));
    expect(second).toEqual({
      ...document('Shorter: “简”.'),
      id: BRIEF,
      object: 'strategy',
      scope: 'tenant',
      version: 2,
      createdAt: NOW.toISOString(),
    });
    expect(await store.latestStrategy(tenantId, BRIEF)).toEqual(second);
  });

  test('puts at the same moment get a number each', async () => {
    const { tenantId } = await newTenant(database);
    const puts = Array.from({ length: 20 }, (_, n) => store.putStrategy(tenantId, BRIEF, document(`${n}`)));
    const numbers = (await Promise.all(puts)).map(({ version }) => version);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  test('the system’s default serves until the tenant has its own, whose version goes on from it', async () => {
    const { tenantId } = await newTenant(database);
    expect(await store.latestStrategy(tenantId, DEFAULT)).toEqual(systemStrategy(DEFAULT));
    expect(await store.putStrategy(tenantId, DEFAULT, document('Mine.'))).toMatchObject({ version: 2 });
    expect(await store.latestStrategy(tenantId, DEFAULT)).toMatchObject({ scope: 'tenant', instructions: 'Mine.' });
  });

  test('another tenant’s strategy and a name that nobody has are not found', async () => {
    const [owner, stranger] = [await newTenant(database), await newTenant(database)];
    await store.putStrategy(owner.tenantId, BRIEF, document('Short.'));
    expect(await store.latestStrategy(stranger.tenantId, BRIEF)).toBeNull();
    expect(await store.latestStrategy(owner.tenantId, 'nobody' as StrategyId)).toBeNull();
    expect((await store.listStrategies(stranger.tenantId)).map(({ id }) => id)).toEqual(['concise', DEFAULT, 'sales']);
  });

  test('of many names those are found that the tenant has, in their latest versions', async () => {
    const { tenantId } = await newTenant(database);
    for (const text of ['a', 'b']) await store.putStrategy(tenantId, BRIEF, document(text));
    const names = [...Array.from({ length: 999 }, (_, index) => `nobody-${index}` as StrategyId), BRIEF];
    expect(await store.ownStrategies(tenantId, names)).toEqual([await store.latestStrategy(tenantId, BRIEF)]);
    expect(await store.ownStrategies((await newTenant(database)).tenantId, names)).toEqual([]);
  });

  test('the list holds each strategy once, in its latest version, by name', async () => {
    const { tenantId } = await newTenant(database);
    for (const id of ['zen', 'brief', 'zen'] as StrategyId[]) await store.putStrategy(tenantId, id, document('x'));
    const listed = async () =>
      (await store.listStrategies(tenantId)).map(({ id, version, scope }) => [id, version, scope]);
    expect(await listed()).toEqual([
      ['brief', 1, 'tenant'],
      ['concise', 1, 'system'],
      ['default', 1, 'system'],
      ['sales', 1, 'system'],
      ['zen', 2, 'tenant'],
    ]);
    await store.putStrategy(tenantId, DEFAULT, document('x'));
    expect((await listed())[2]).toEqual(['default', 2, 'tenant']);
  });

  test('every version is kept, and listed newest first, the system’s own as the first', async () => {
    const { tenantId } = await newTenant(database);
    for (const text of ['a', 'b', 'c']) await store.putStrategy(tenantId, DEFAULT, document(text));
    const listed = async (limit: number, below: number | null) => {
      const { items, more } = await store.listStrategyVersions(tenantId, DEFAULT, { limit, below });
      return [items.map(({ version }) => version), more];
    };
    expect(await listed(10, null)).toEqual([[4, 3, 2, 1], false]);
    expect(await listed(3, null)).toEqual([[4, 3, 2], true]);
    expect(await listed(3, 2)).toEqual([[1], false]);
    expect(await listed(3, 1)).toEqual([[], false]);
    expect(await store.strategyVersion(tenantId, DEFAULT, 3)).toMatchObject({ version: 3, instructions: 'b' });
    expect(await store.strategyVersion(tenantId, DEFAULT, 1)).toEqual(systemStrategy(DEFAULT));
    expect(await store.strategyVersion(tenantId, DEFAULT, 5)).toBeNull();
    const stranger = await newTenant(database);
    expect(await store.strategyVersion(stranger.tenantId, DEFAULT, 3)).toBeNull();
    expect(await store.strategyVersion(tenantId, BRIEF, 1)).toBeNull();
  });
});
