import type { Priority } from '@roleforge/contracts';

/**
 * The number that BullMQ sorts by, lower first; 1 to 2,097,151 are allowed, and equal numbers are served in order of
 * arrival. Every job has one, since BullMQ serves jobs without a priority before all others. The gaps leave room for an
 * order within a class.
 */
const QUEUE_PRIORITY = { urgent: 1, high: 500_001, normal: 1_000_001, low: 1_500_001 } as const satisfies Record<
  Priority,
  number
>;

export function queuePriority(priority: Priority): number {
  return QUEUE_PRIORITY[priority];
}
