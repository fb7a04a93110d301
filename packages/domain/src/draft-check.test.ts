import { expect, test } from '@jest/globals';
import { draftProblems } from './draft-check.ts';
import { TEA_ROLE, TEA_SHOP } from './tea-shop.fixture.ts';

test('a draft that names only what the task has is without problems', () => {
  expect(draftProblems(TEA_ROLE, TEA_SHOP)).toEqual([]);
});

test('a draft that names nothing is without problems', () => {
  expect(draftProblems({ ...TEA_ROLE, knowledge: [], products: [] }, TEA_SHOP)).toEqual([]);
});

test('every knowledge item and product that was made up is named, with its place', () => {
  const draft = {
    ...TEA_ROLE,
    knowledge: [...TEA_ROLE.knowledge, { keys: ['k'], content: 'c', sourceIds: ['brewing', 'invented'] }],
    products: [{ productId: 'ghost', pitch: 'p' }, ...TEA_ROLE.products],
  };
  const problems = draftProblems(draft, TEA_SHOP);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(/knowledge\[1\].*invented/);
  expect(problems[1]).toMatch(/products\[0\].*ghost/);
});

test('without a source every reference to it is made up', () => {
  expect(draftProblems(TEA_ROLE, { ...TEA_SHOP, knowledge: null, products: null })).toHaveLength(2);
});

test('an item without an id is not taken for one that is named “undefined”', () => {
  const sources = { ...TEA_SHOP, products: { items: [{ name: 'nameless' }] } };
  const draft = { ...TEA_ROLE, products: [{ productId: 'undefined', pitch: 'p' }] };
  expect(draftProblems(draft, sources)).toHaveLength(1);
});
