import { expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { createHeldKeys } from './held-keys.ts';

const keyOf = (key: string, scope = 'submitCreation', tenantId = 'tenant' as TenantId) => ({ tenantId, scope, key });

test('a key that was found held is taken to be held for five seconds, for its tenant and its call', () => {
  let now = 0;
  const held = createHeldKeys(() => now);
  held.add(keyOf('k'));
  now = 4_999;
  expect(held.has(keyOf('k'))).toBe(true);
  expect(held.has(keyOf('K'))).toBe(false);
  expect(held.has(keyOf('k', 'submitBatch'))).toBe(false);
  expect(held.has(keyOf('k', 'submitCreation', 'other' as TenantId))).toBe(false);
  now = 5_000;
  expect(held.has(keyOf('k'))).toBe(false);
});

test('of very many the one that was found first is forgotten', () => {
  const held = createHeldKeys(() => 0);
  for (let n = 0; n < 1_000; n += 1) held.add(keyOf(String(n)));
  held.add(keyOf('0'));
  held.add(keyOf('one more'));
  expect(['0', '1', '2', 'one more'].map(key => held.has(keyOf(key)))).toEqual([true, false, true, true]);
});
