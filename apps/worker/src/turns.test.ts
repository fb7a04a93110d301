import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

test('so many work at a time, and the others begin in the order in which they came', async () => {
  const turns = createTurns(2);
  const begun: number[] = [];
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const all = gates.map(({ promise }, index) =>
    turns(() => {
      begun.push(index);
      return promise;
    }),
  );
  await nextTurn();
  expect(begun).toEqual([0, 1]);
  gates[1]?.resolve(1);
  expect(await all[1]).toBe(1);
  await nextTurn();
  expect(begun).toEqual([0, 1, 2]);
  for (const [index, gate] of gates.entries()) gate.resolve(index);
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('one that fails gives its place to the next', async () => {
  const turns = createTurns(1);
  const failed = turns(() => Promise.reject(new Error('no tea')));
  const next = turns(async () => 'tea');
  await expect(failed).rejects.toThrow('no tea');
  expect(await next).toBe('tea');
});

test('each works in the context of whoever asked, though another’s end let it begin', async () => {
  const context = new AsyncLocalStorage<string>();
  const turns = createTurns(1);
  const asked = ['first', 'second', 'third'].map(name =>
    context.run(name, () =>
      turns(async () => {
        await nextTurn();
        return context.getStore();
      }),
    ),
  );
  expect(await Promise.all(asked)).toEqual(['first', 'second', 'third']);
});
