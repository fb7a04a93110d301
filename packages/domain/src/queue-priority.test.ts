import { expect, test } from '@jest/globals';
import { PRIORITIES } from '@roleforge/contracts';
import { begunPriority, isOfClass, LAST_TAG, linePriority, queuePriority } from './queue-priority.ts';

const numbersOf = (priority: (typeof PRIORITIES)[number]) => [
  begunPriority(queuePriority(priority)),
  queuePriority(priority),
  linePriority(priority, 0),
  linePriority(priority, 1.9),
  linePriority(priority, LAST_TAG),
];

test('a more urgent creation has a lower number, one that was begun goes before its class, and BullMQ takes every number', () => {
  const numbers = PRIORITIES.flatMap(numbersOf);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(2_097_151);
});

test('a place beyond the end of the band is its last one', () => {
  for (const priority of PRIORITIES)
    expect(linePriority(priority, 10 * LAST_TAG)).toBe(linePriority(priority, LAST_TAG));
});

test('what was begun again and again stays where it is', () => {
  for (const priority of PRIORITIES) {
    const begun = begunPriority(queuePriority(priority));
    expect(begunPriority(begun)).toBe(begun);
  }
});

test('a number belongs to one class, wherever in its band it is', () => {
  for (const priority of PRIORITIES)
    for (const number of numbersOf(priority))
      expect(PRIORITIES.filter(other => isOfClass(number, other))).toEqual([priority]);
});
