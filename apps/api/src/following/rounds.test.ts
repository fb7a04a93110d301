import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createRounds } from './rounds.ts';

const PERIOD_MS = 15_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('each member is visited once in a period, and no more than its share of them at once', () => {
  const rounds = createRounds(PERIOD_MS);
  const visits = Array.from({ length: 1_000 }, () => 0);
  let atOnce = 0;
  const leaves = visits.map((_, index) =>
    rounds.join(() => {
      visits[index] = (visits[index] ?? 0) + 1;
      atOnce += 1;
    }),
  );
  let most = 0;
  for (let step = 0; step < 60; step += 1) {
    atOnce = 0;
    jest.advanceTimersByTime(PERIOD_MS / 60);
    most = Math.max(most, atOnce);
  }
  expect(new Set(visits)).toEqual(new Set([1]));
  expect(most).toBeLessThanOrEqual(17);
  for (const leave of leaves) leave();
});

test('all of them share one timer, which is gone when the last has left', () => {
  const rounds = createRounds(PERIOD_MS);
  const visited: string[] = [];
  const leaves = ['a', 'b', 'c'].map(name => rounds.join(() => visited.push(name)));
  expect(jest.getTimerCount()).toBe(1);
  leaves[0]?.();
  leaves[0]?.();
  leaves[1]?.();
  jest.advanceTimersByTime(PERIOD_MS);
  expect(visited).toEqual(['c']);
  leaves[2]?.();
  expect(jest.getTimerCount()).toBe(0);
});
