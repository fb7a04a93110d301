import { type DeliveryId, JOBS, type TenantId } from '@roleforge/contracts';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { queuePrefix } from './keys.ts';

/** A delivery of which an attempt is to be made. */
export type QueuedDelivery = {
  tenantId: TenantId;
  deliveryId: DeliveryId;
  /** Not before this time; null: at once. */
  notBefore: Date | null;
};

/** The producer's side of the webhooks' queue. */
export type WebhookQueue = {
  /**
   * Adds jobs. One that is there already stays as it is; but one that waits for a later time and is wanted at once is brought
   * forward. Rejects when Redis does not answer.
   */
  enqueue(deliveries: readonly QueuedDelivery[]): Promise<void>;
  /**
   * Puts back those of these deliveries, all of them due, that the queue does not hold, or holds for much later, and returns how many
   * there were. Rejects when Redis does not answer.
   */
  restore(deliveries: readonly QueuedDelivery[]): Promise<number>;
  close(): Promise<void>;
};

const { queue: NAME, name: JOB_NAME } = JOBS.deliverWebhook;

/** All have the same: those without a number would go before all that have one. What is due is sent in the order of falling due. */
const PRIORITY = 1;
const DELAYED_SCORE_PER_MS = 0x1000;
/** A job that comes back so soon, in milliseconds, only waits for a turn at its endpoint. */
const SOON_MS = 120_000;

export function openWebhookQueue(
  redis: Redis,
  prefix: string,
  onError: (error: Error) => void = () => {},
): WebhookQueue {
  const bull = new Queue(NAME, {
    connection: redis,
    prefix: queuePrefix(prefix, NAME),
    skipWaitingForReady: true,
    skipVersionCheck: true,
    // The ledger has the record, and a finished job would keep its delivery from being put here again.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  bull.on('error', onError);

  /** Whether the queue holds each of them, and until when it is delayed, in Unix milliseconds; 0 where it is not. */
  async function places(deliveries: readonly QueuedDelivery[]): Promise<{ held: boolean; until: number }[]> {
    const pipeline = redis.pipeline();
    for (const { deliveryId } of deliveries)
      pipeline.exists(bull.toKey(deliveryId)).zscore(bull.toKey('delayed'), deliveryId);
    const answers = ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
    return deliveries.map((_, index) => ({
      held: answers[2 * index] === 1,
      until: Number(answers[2 * index + 1] ?? 0) / DELAYED_SCORE_PER_MS,
    }));
  }

  async function add(deliveries: readonly QueuedDelivery[]): Promise<void> {
    const now = Date.now();
    await bull.addBulk(
      deliveries.map(({ tenantId, deliveryId, notBefore }) => ({
        name: JOB_NAME,
        data: { version: 1, tenantId, deliveryId },
        opts: { jobId: deliveryId, priority: PRIORITY, delay: Math.max(0, (notBefore?.getTime() ?? 0) - now) },
      })),
    );
  }

  return {
    async enqueue(deliveries) {
      if (deliveries.length === 0) return;
      const now = Date.now();
      const atOnce = deliveries.filter(({ notBefore }) => (notBefore?.getTime() ?? 0) <= now);
      const found = atOnce.length > 0 ? await places(atOnce) : [];
      const later = atOnce.filter((_, index) => (found[index]?.until ?? 0) > now);
      await Promise.all(later.map(({ deliveryId }) => bull.remove(deliveryId)));
      await add(deliveries);
    },
    async restore(deliveries) {
      if (deliveries.length === 0) return 0;
      const found = await places(deliveries);
      const soon = Date.now() + SOON_MS;
      const late = deliveries.filter((_, index) => (found[index]?.until ?? 0) > soon);
      await Promise.all(late.map(({ deliveryId }) => bull.remove(deliveryId)));
      const lost = deliveries.filter((one, index) => found[index]?.held !== true || late.includes(one));
      if (lost.length > 0) await add(lost);
      return lost.length;
    },
    close: () => bull.close(),
  };
}
