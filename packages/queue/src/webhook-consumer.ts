import { DeliveryId, JOBS, type TenantId } from '@roleforge/contracts';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type AbortReason, abortLostJobs } from './abort-lost-jobs.ts';
import { closeWorker } from './close-worker.ts';
import { giveBack } from './give-back.ts';
import { queuePrefix } from './keys.ts';
import { gatherLosses, isLoss } from './lost-jobs.ts';

export type DeliveryJob = { tenantId: TenantId; deliveryId: DeliveryId };

/** What is to become of a delivery's job: it leaves the queue; comes back at a time; at once, to whoever is free; or is another's. */
export type DeliveryJobOutcome =
  | { kind: 'done' }
  | { kind: 'delay'; at: Date }
  | { kind: 'giveBack' }
  | { kind: 'drop' };

type Options = {
  redis: Redis;
  prefix: string;
  concurrency: number;
  /** Makes one attempt. Its signal's reason is an AbortReason. An error is a fault of the program: tried again after a pause. */
  handle: (job: DeliveryJob, signal: AbortSignal) => Promise<DeliveryJobOutcome>;
  /** A payload that does not parse: the job fails for good. */
  onInvalid: (id: string, error: Error) => void;
  /** As in `startCreationConsumer`. */
  onLost: (complaint: Error) => void;
  onError: (error: Error) => void;
};

export type WebhookConsumer = {
  /** Takes no more, waits up to `graceMs` for what is in hand, then asks it to stop and waits for its answers; not for Redis. */
  stop(graceMs: number): Promise<void>;
};

const FAULT_PAUSE_MS = 5_000;
/** Stalls are no failures: the ledger counts the attempts. */
const TAKEN_OVER_SOON = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 };

/** Takes deliveries that are due and hands each to `handle`. */
export function startWebhookConsumer(options: Options): WebhookConsumer {
  const { redis, prefix, concurrency, handle, onInvalid, onLost, onError } = options;
  const { queue, data: schema } = JOBS.deliverWebhook;
  const inHand = new Set<Promise<DeliveryJobOutcome>>();
  const losses = gatherLosses(onLost);
  let stopping = false;

  // BullMQ passes the signal only to a function that declares all three parameters.
  const run = async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    const id = DeliveryId.safeParse(job.id);
    const data = schema.safeParse(job.data);
    if (!id.success || !data.success || data.data.deliveryId !== id.data) {
      onInvalid(String(job.id), id.error ?? data.error ?? new Error('another delivery’s payload'));
      throw new UnrecoverableError('job_invalid');
    }
    const { tenantId, deliveryId } = data.data;
    try {
      // It was on its way here when the stop began.
      if (stopping) return await giveBack(job, token);
      const answer = (async () => handle({ tenantId, deliveryId }, signal ?? new AbortController().signal))();
      inHand.add(answer);
      await settle(job, token, await answer.finally(() => inHand.delete(answer)));
    } catch (error) {
      if (error instanceof DelayedError || error instanceof WaitingError) throw error;
      if (isLoss(error)) {
        losses.add(error);
        return settle(job, token, { kind: 'drop' });
      }
      onError(error as Error);
      await settle(job, token, { kind: 'delay', at: new Date(Date.now() + FAULT_PAUSE_MS) });
    }
  };

  const worker = new Worker(queue, run, {
    connection: redis,
    prefix: queuePrefix(prefix, queue),
    concurrency,
    ...TAKEN_OVER_SOON,
  });
  worker.on('error', error => (isLoss(error) ? losses.add(error) : onError(error)));
  abortLostJobs(worker);
  return {
    async stop(graceMs) {
      stopping = true;
      const timer = setTimeout(() => worker.cancelAllJobs('stopping' satisfies AbortReason), graceMs);
      await closeWorker(worker, inHand);
      clearTimeout(timer);
      losses.tell();
    },
  };
}

async function settle(job: Job, token: string | undefined, outcome: DeliveryJobOutcome): Promise<void> {
  switch (outcome.kind) {
    case 'done':
      return;
    case 'delay':
      await job.moveToDelayed(outcome.at.getTime(), token);
      throw new DelayedError();
    case 'giveBack':
      return giveBack(job, token);
    case 'drop':
      throw new WaitingError();
  }
}
