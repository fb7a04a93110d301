import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Strategy, StrategyDocument, StrategyId, type TenantId } from '@roleforge/contracts';
import { newTenantId, StoreUnavailable } from '@roleforge/domain';
import { createMissingModel } from './missing-model.ts';
import { createStrategyLookup, type StrategyLookup } from './strategy-lookup.ts';

const id = (name: string) => StrategyId.parse(name);
const TENANT = newTenantId();

let stored: Map<string, Partial<StrategyDocument>>;
let queries: string[][];
let failing: boolean;
let now: number;
let lookup: StrategyLookup;

beforeEach(() => {
  stored = new Map();
  queries = [];
  failing = false;
  now = Date.parse('2031-05-05T12:00:00Z');
  lookup = createStrategyLookup({
    strategies: {
      async ownStrategies(_tenantId, ids) {
        queries.push([...ids]);
        if (failing) throw new StoreUnavailable('away');
        return ids.flatMap(name => {
          const document = stored.get(name);
          return document === undefined ? [] : [strategy(name, document)];
        });
      },
    },
    missingModel: createMissingModel({
      providers: [],
      models: [{ provider: 'house', model: 'm-1', price: null }],
    }),
    clock: () => new Date(now),
  });
});

function strategy(name: StrategyId, document: Partial<StrategyDocument>): Strategy {
  const fields = StrategyDocument.parse(document);
  return { ...fields, id: name, object: 'strategy', scope: 'tenant', version: 1, createdAt: null };
}

async function look(names: string[], tenantId: TenantId = TENANT): Promise<Record<string, string | null>> {
  const known = await lookup.several(tenantId, names.map(id));
  return Object.fromEntries([...known].map(([name, { missingModel }]) => [name, missingModel]));
}

describe('a look at the strategies that are named', () => {
  test('asks for each once, all in one query, the system’s among them', async () => {
    stored.set('a', {}).set('b', {});
    expect(await look(['default', 'sales', 'a', 'b', 'a', 'nobody'])).toEqual({
      default: null,
      sales: null,
      a: null,
      b: null,
    });
    expect(queries).toEqual([['default', 'sales', 'a', 'b', 'nobody']]);
    await look(['default', 'sales']);
    expect(queries).toHaveLength(1);
  });

  test('finds a tenant’s own under a name of the system’s', async () => {
    stored.set('default', { model: 'gone' });
    expect(await look(['default'])).toEqual({ default: 'gone' });
  });

  test('names the first model that is not configured, fallbacks included', async () => {
    stored.set('good', { model: 'house/m-1', fallbackModels: ['m-1'] });
    stored.set('bad', { model: 'gone', fallbackModels: ['gone-too'] });
    stored.set('worse', { fallbackModels: ['m-1', 'gone-too'] });
    expect(await look(['good', 'bad', 'worse'])).toEqual({ good: null, bad: 'gone', worse: 'gone-too' });
  });

  test('holds for two seconds, for that tenant', async () => {
    stored.set('a', {});
    await look(['a']);
    stored.set('a', { model: 'gone' });
    now += 1_999;
    expect(await look(['a'])).toEqual({ a: null });
    expect(queries).toHaveLength(1);
    expect(await look(['a'], newTenantId())).toEqual({ a: 'gone' });
    now += 1;
    expect(await look(['a'])).toEqual({ a: 'gone' });
  });

  test('is shared by those who come while it is under way', async () => {
    stored.set('a', {});
    expect(await Promise.all([look(['a']), look(['a']), look(['a', 'default'])])).toHaveLength(3);
    expect(queries).toEqual([['a'], ['default']]);
  });

  test('of one alone shares what is known with the others', async () => {
    stored.set('a', { model: 'gone' });
    expect(await lookup.one(TENANT, id('a'))).toEqual({ missingModel: 'gone' });
    expect(await look(['a'])).toEqual({ a: 'gone' });
    expect(await lookup.one(TENANT, id('nobody'))).toBeNull();
    expect(await lookup.one(TENANT, id('default'))).toEqual({ missingModel: null });
    expect(queries).toEqual([['a'], ['nobody'], ['default']]);
  });

  test('finds at once what was not there a moment before', async () => {
    expect(await look(['a'])).toEqual({});
    stored.set('a', {});
    expect(await look(['a'])).toEqual({ a: null });
  });

  test('that failed is made anew', async () => {
    stored.set('a', {});
    failing = true;
    await expect(look(['a'])).rejects.toThrow(StoreUnavailable);
    failing = false;
    expect(await look(['a'])).toEqual({ a: null });
  });
});

test('without a catalog every model that is named is missing', () => {
  const missing = createMissingModel(null);
  expect(missing({ fallbackModels: [] })).toBeNull();
  expect(missing({ model: 'm-1', fallbackModels: [] })).toBe('m-1');
});
