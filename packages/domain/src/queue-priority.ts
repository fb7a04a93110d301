import type { Priority } from '@roleforge/contracts';

/**
 * The number that BullMQ sorts by, lower first; 1 to 2,097,151 are allowed, and equal numbers are served in order of
 * arrival. Every job has one, since BullMQ serves jobs without a priority before all others. Each class has a band of numbers; its
 * first is for what has been begun before.
 */
const BANDS = { urgent: 1, high: 500_001, normal: 1_000_001, low: 1_500_001 } as const satisfies Record<
  Priority,
  number
>;
const BAND_WIDTH = 500_000;

/** The number of a creation that has not been begun. */
export function queuePriority(priority: Priority): number {
  return BANDS[priority] + 1;
}

/**
 * The number of a creation of the same class that has been begun, and waits for another attempt: it goes before those that have not,
 * or each retry would stand in the whole line again.
 */
export function begunPriority(number: number): number {
  return Math.floor((number - 1) / BAND_WIDTH) * BAND_WIDTH + 1;
}

/** Whether a number belongs to a class. */
export function isOfClass(number: number, priority: Priority): boolean {
  return begunPriority(number) === BANDS[priority];
}
