import { type DeliverWebhookData, JOBS, type Priority } from '@roleforge/contracts';
import { type FairLine, openFairLine } from './fair-line/fair-line.ts';
import type { RedisConnection } from './redis-connection.ts';

/**
 * Tries at a time to one receiver, over all workers. With all its endpoints and lanes (domain/receiver.ts) hanging, a tenant keeps
 * fewer hands busy than one worker has.
 */
export const MOST_AT_ONE_RECEIVER = 10;

/** The class in which all deliveries wait. */
export const DELIVERY_CLASS: Priority = 'urgent';

/** The field of a job's data by which the queue is shared. */
const FLOW_FIELD = 'receiver' satisfies keyof Extract<DeliverWebhookData, { version: 2 }>;

/** The line in which receivers take turns. */
export function openWebhookLine(redis: RedisConnection, prefix: string): FairLine {
  return openFairLine(redis, { prefix, queue: JOBS.deliverWebhook.queue, flowField: FLOW_FIELD });
}

/** Tells the line what every receiver has of the queue. Rejects when Redis does not answer. */
export function shareAmongReceivers(line: FairLine): Promise<void> {
  return line.share([{ flow: '*', weight: 1, cap: MOST_AT_ONE_RECEIVER }], false);
}
