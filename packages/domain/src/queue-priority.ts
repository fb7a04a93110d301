import { PRIORITIES, type Priority } from '@roleforge/contracts';

/**
 * The number that BullMQ sorts by, lower first; 1 to 2,097,151 are allowed, and equal numbers are served in order of
 * arrival. Every job has one, since BullMQ serves jobs without a priority before all others. Each class has a band of numbers:
 * its first is for what has been begun before, its second for what comes up without a place in the class's line and is given one
 * then, and all others are the places of the line, by start tag (see fair-share.ts).
 */
export const BAND_WIDTH = 500_000;
/** The last start tag that has a number of its own; those after it share the band's last number. */
export const LAST_TAG = BAND_WIDTH - 3;

/** A class's index, 0 for the most urgent one. */
export function classIndex(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

const firstNumber = (priority: Priority) => classIndex(priority) * BAND_WIDTH + 1;

/** The number of a creation that has not been begun, and has no place in the line of its class yet. */
export function queuePriority(priority: Priority): number {
  return firstNumber(priority) + 1;
}

/** The number of a creation that has a place in the line of its class. */
export function linePriority(priority: Priority, tag: number): number {
  return firstNumber(priority) + 2 + Math.min(Math.floor(tag), LAST_TAG);
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
  return begunPriority(number) === firstNumber(priority);
}
