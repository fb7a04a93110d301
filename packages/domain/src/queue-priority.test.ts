import { expect, test } from '@jest/globals';
import { PRIORITIES } from '@roleforge/contracts';
import { queuePriority } from './queue-priority.ts';

test('a more urgent creation has a lower number, and every number is one that BullMQ takes', () => {
  const numbers = PRIORITIES.map(queuePriority);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(2_097_151);
});
