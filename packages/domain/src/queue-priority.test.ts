import { expect, test } from '@jest/globals';
import { PRIORITIES } from '@roleforge/contracts';
import { begunPriority, isOfClass, queuePriority } from './queue-priority.ts';

test('a more urgent creation has a lower number, one that was begun goes before its class, and BullMQ takes every number', () => {
  const numbers = PRIORITIES.flatMap(priority => [begunPriority(queuePriority(priority)), queuePriority(priority)]);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(2_097_151);
});

test('what was begun again and again stays where it is', () => {
  for (const priority of PRIORITIES) {
    const begun = begunPriority(queuePriority(priority));
    expect(begunPriority(begun)).toBe(begun);
  }
});

test('a number belongs to one class, begun or not', () => {
  for (const priority of PRIORITIES)
    for (const number of [queuePriority(priority), begunPriority(queuePriority(priority))])
      expect(PRIORITIES.filter(other => isOfClass(number, other))).toEqual([priority]);
});
