import { type DeliverWebhookData, type DeliveryId, JOBS, type TenantId } from '@roleforge/contracts';
import { classIndex } from '@roleforge/domain';
import { Queue } from 'bullmq';
import { DELAYED_SCORE_PER_MS, PARKED_FROM, PARKED_TO } from './fair-line/line-rules.ts';
import { queuePrefix } from './keys.ts';
import { lineUp } from './line-up.ts';
import type { RedisConnection } from './redis-connection.ts';
import { DELIVERY_CLASS, openWebhookLine, shareAmongReceivers } from './webhook-line.ts';

/** A delivery of which an attempt is to be made. */
export type QueuedDelivery = {
  tenantId: TenantId;
  deliveryId: DeliveryId;
  /** By which it shares the queue with others: `receiverOf` says it. */
  receiver: string;
  /** Not before this time; null: at once. */
  notBefore: Date | null;
};

/** The producer's side of the webhooks' queue. */
export type WebhookQueue = {
  /**
   * Adds jobs, each to its place among those for other receivers. One that is there already stays as it is; but one that waits for a later time and is wanted at once is brought
   * forward. Rejects when Redis does not answer.
   */
  enqueue(deliveries: readonly QueuedDelivery[]): Promise<void>;
  /**
   * Puts back those of these deliveries, all of them due, that the queue does not hold, or holds for much later, and returns how many
   * there were. Rejects when Redis does not answer.
   */
  restore(deliveries: readonly QueuedDelivery[]): Promise<number>;
  /** Says how many tries to a receiver may be made at a time. Rejects when Redis does not answer. */
  shareOut(): Promise<void>;
  /**
   * Mends what crashes have left behind among receivers' slots and places; returns how many jobs and entries were out of step. Rejects
   * when Redis does not answer.
   */
  mend(): Promise<number>;
  close(): Promise<void>;
};

const { queue: NAME, name: JOB_NAME } = JOBS.deliverWebhook;

/** A job that comes back so soon, in milliseconds, was only put off. */
const SOON_MS = 120_000;

export function openWebhookQueue(
  redis: RedisConnection,
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
  const line = openWebhookLine(redis, prefix);

  /** Whether the queue holds each of them, and until when it is delayed, in Unix milliseconds; 0 where it is not, or is parked. */
  async function places(deliveries: readonly QueuedDelivery[]): Promise<{ held: boolean; until: number }[]> {
    const pipeline = redis.pipeline();
    for (const { deliveryId } of deliveries)
      pipeline.hexists(bull.toKey(deliveryId), 'timestamp').zscore(bull.toKey('delayed'), deliveryId);
    const answers = ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
    return deliveries.map((_, index) => ({
      held: answers[2 * index] === 1,
      until: timeOf(Number(answers[2 * index + 1] ?? 0)),
    }));
  }

  async function add(deliveries: readonly QueuedDelivery[]): Promise<void> {
    await lineUp(
      bull,
      line,
      deliveries.map(({ tenantId, deliveryId, receiver, notBefore }) => ({
        id: deliveryId,
        flow: receiver,
        classIndex: classIndex(DELIVERY_CLASS),
        begun: false,
        notBefore,
        name: JOB_NAME,
        data: { version: 2, tenantId, deliveryId, receiver } satisfies DeliverWebhookData,
      })),
    );
  }

  async function remove(deliveries: readonly QueuedDelivery[]): Promise<void> {
    if (deliveries.length > 0) await line.leave(deliveries.map(({ deliveryId }) => deliveryId));
    await Promise.all(deliveries.map(({ deliveryId }) => bull.remove(deliveryId)));
  }

  return {
    async enqueue(deliveries) {
      const now = Date.now();
      const atOnce = deliveries.filter(({ notBefore }) => (notBefore?.getTime() ?? 0) <= now);
      const found = atOnce.length > 0 ? await places(atOnce) : [];
      await remove(atOnce.filter((_, index) => (found[index]?.until ?? 0) > now));
      await add(deliveries);
    },
    async restore(deliveries) {
      if (deliveries.length === 0) return 0;
      const found = await places(deliveries);
      const soon = Date.now() + SOON_MS;
      const late = deliveries.filter((_, index) => (found[index]?.until ?? 0) > soon);
      await remove(late);
      const lost = deliveries.filter((one, index) => found[index]?.held !== true || late.includes(one));
      // Where Redis has lost all, it has lost that too.
      if (lost.length > 0) await shareAmongReceivers(line);
      await add(lost);
      return lost.length;
    },
    shareOut: () => shareAmongReceivers(line),
    mend: line.mend,
    close: () => bull.close(),
  };
}

/** Until when a delayed job is delayed, by its score; a parked one waits for no time. */
function timeOf(score: number): number {
  return score >= PARKED_FROM && score <= PARKED_TO ? 0 : score / DELAYED_SCORE_PER_MS;
}
