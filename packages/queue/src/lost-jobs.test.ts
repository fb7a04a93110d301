import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { GATHER_MS, gatherLosses } from './lost-jobs.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function gathered() {
  const told: string[] = [];
  const losses = gatherLosses(({ message }) => told.push(message));
  return { told, losses };
}

test('complaints that come together are told of once, by the first of them', () => {
  const { told, losses } = gathered();
  for (const complaint of ['first', 'second', 'third']) losses.add(new Error(complaint));
  jest.advanceTimersByTime(GATHER_MS - 1);
  losses.add(new Error('last'));
  expect(told).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(told).toEqual(['first']);
  jest.advanceTimersByTime(10 * GATHER_MS);
  expect(told).toEqual(['first']);
});

test('complaints that come later are told of again', () => {
  const { told, losses } = gathered();
  losses.add(new Error('first'));
  jest.advanceTimersByTime(GATHER_MS);
  losses.add(new Error('second'));
  jest.advanceTimersByTime(GATHER_MS);
  expect(told).toEqual(['first', 'second']);
});

test('what has been gathered can be told at once, and is not told again', () => {
  const { told, losses } = gathered();
  losses.tell();
  expect(told).toEqual([]);
  losses.add(new Error('first'));
  losses.tell();
  jest.advanceTimersByTime(GATHER_MS);
  expect(told).toEqual(['first']);
});
