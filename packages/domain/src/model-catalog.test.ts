import { describe, expect, test } from '@jest/globals';
import { costOf, findModel, type ModelCatalog } from './model-catalog.ts';

const CATALOG: ModelCatalog = {
  providers: [],
  models: [
    { provider: 'a', model: 'small', price: null },
    { provider: 'b', model: 'small', price: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
    { provider: 'b', model: 'org/large', price: null },
  ],
};

describe('the catalog of models', () => {
  test('the first one serves who asks for none', () => {
    expect(findModel(CATALOG)?.provider).toBe('a');
    expect(findModel({ providers: [], models: [] })).toBeNull();
  });

  test('a model is found by its name, and by its provider’s and its own', () => {
    expect(findModel(CATALOG, 'small')?.provider).toBe('a');
    expect(findModel(CATALOG, 'b/small')?.provider).toBe('b');
    expect(findModel(CATALOG, 'org/large')?.provider).toBe('b');
  });

  test('one that is not configured is not found', () => {
    expect(findModel(CATALOG, 'a/large')).toBeNull();
  });

  test('a price is for a million tokens; without one a call counts as free', () => {
    expect(costOf({ inputUsdPerMillion: 1, outputUsdPerMillion: 2 }, 1_000, 500)).toBeCloseTo(0.002, 10);
    expect(costOf(null, 1_000, 500)).toBe(0);
  });
});
