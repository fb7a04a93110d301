import { type DeliverWebhookData, DeliveryId, JOBS, type TenantId } from '@roleforge/contracts';
import { queuePriority } from '@roleforge/domain';
import { type ConsumerOptions, type FairConsumer, type JobOutcome, startFairConsumer } from './fair-consumer.ts';
import { DELIVERY_CLASS, openWebhookLine, shareAmongReceivers } from './webhook-line.ts';

export type DeliveryJob = { tenantId: TenantId; deliveryId: DeliveryId };

/** What is to become of a delivery's job: it leaves the queue; comes back at a time; at once, to whoever is free; or is another's. */
export type DeliveryJobOutcome = Extract<JobOutcome, { kind: 'done' | 'delay' | 'giveBack' | 'drop' }>;

type Options = ConsumerOptions & {
  /** Makes one attempt. Its signal's reason is an AbortReason. An error is a fault of the program: tried again after a pause. */
  handle: (job: DeliveryJob, signal: AbortSignal) => Promise<DeliveryJobOutcome>;
};

export type WebhookConsumer = Pick<FairConsumer, 'stop'>;

/** What a worker that died had in hand is taken over soon. */
const LOCK_MS = 10_000;

/**
 * Takes deliveries that are due and hands each to `handle`; of those to one receiver so many at a time as may be. One that comes back
 * stands in the line again: tries that failed before do not go before others' first ones. Resolves when Redis knows the shares.
 */
export async function startWebhookConsumer({ handle, ...options }: Options): Promise<WebhookConsumer> {
  const { queue, data: schema } = JOBS.deliverWebhook;
  const line = openWebhookLine(options.redis, options.prefix);
  await shareAmongReceivers(line);
  return startFairConsumer({
    ...options,
    queue,
    line,
    lockMs: LOCK_MS,
    delayedPriority: queuePriority(DELIVERY_CLASS),
    read(job) {
      const id = DeliveryId.safeParse(job.id);
      const data = schema.safeParse(job.data);
      if (!id.success || !data.success || data.data.deliveryId !== id.data)
        return id.error ?? data.error ?? new Error('another delivery’s payload');
      const { tenantId, deliveryId } = data.data;
      return { ...flowOf(data.data), handle: signal => handle({ tenantId, deliveryId }, signal) };
    },
  });
}

/** A former release's job does not say to whom it goes: all such of a tenant count as one receiver's. */
function flowOf(data: DeliverWebhookData): { flow: string; mended?: DeliverWebhookData } {
  if (data.version === 2) return { flow: data.receiver };
  return { flow: data.tenantId, mended: { ...data, version: 2, receiver: data.tenantId } };
}
