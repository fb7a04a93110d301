import { type BulkId, JOBS, type TenantId } from '@roleforge/contracts';
import { type Job, Queue, WaitingError, Worker } from 'bullmq';
import { type AbortReason, abortLostJobs } from './abort-lost-jobs.ts';
import { closeWorker } from './close-worker.ts';
import { giveBack } from './give-back.ts';
import { queuePrefix } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

export type BulkJob = { tenantId: TenantId; bulkId: BulkId };

/** The producer's side of the bulk calls' queue. */
export type BulkQueue = {
  /** One that is there already stays as it is. Rejects when Redis does not answer. */
  enqueue(job: BulkJob): Promise<void>;
  close(): Promise<void>;
};

const { queue: NAME, name: JOB_NAME, data: schema } = JOBS.runBulk;

export function openBulkQueue(
  redis: RedisConnection,
  prefix: string,
  onError: (error: Error) => void = () => {},
): BulkQueue {
  const bull = new Queue(NAME, {
    connection: redis,
    prefix: queuePrefix(prefix, NAME),
    skipWaitingForReady: true,
    skipVersionCheck: true,
    // The ledger has the record, and a finished job would keep its call from being put here again.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  bull.on('error', onError);
  return {
    enqueue: async ({ tenantId, bulkId }) =>
      void (await bull.add(JOB_NAME, { version: 1, tenantId, bulkId }, { jobId: bulkId })),
    close: () => bull.close(),
  };
}

/** A call of one tenant must not wait for the whole of another's. */
const AT_ONCE = 4;
const TAKEN_OVER_SOON = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 };

type Options = {
  redis: RedisConnection;
  prefix: string;
  /** Carries out a call from where it stands; rejects when it cannot go on, and is called again by the reconciler. */
  handle: (job: BulkJob, signal: AbortSignal) => Promise<void>;
  onError: (error: Error) => void;
};

/** Carries out bulk calls. */
export function startBulkConsumer({ redis, prefix, handle, onError }: Options): { stop(): Promise<void> } {
  const inHand = new Set<Promise<void>>();
  let stopping = false;
  const run = async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
    const { tenantId, bulkId } = schema.parse(job.data);
    // It was on its way here when the stop began.
    if (stopping) return giveBack(job, token);
    const work = handle({ tenantId, bulkId }, signal ?? new AbortController().signal);
    inHand.add(work);
    try {
      await work.finally(() => inHand.delete(work));
    } catch (error) {
      if (!signal?.aborted) throw error;
      // Another worker has it already, or is to have it: this one is stopping. It goes on from where the call stands.
      if (signal.reason === 'lock_lost') throw new WaitingError();
      await giveBack(job, token);
    }
  };
  const worker = new Worker(NAME, run, {
    connection: redis,
    prefix: queuePrefix(prefix, NAME),
    concurrency: AT_ONCE,
    ...TAKEN_OVER_SOON,
  });
  worker.on('error', onError);
  worker.on('failed', (_, error) => onError(error));
  abortLostJobs(worker);
  return {
    async stop() {
      stopping = true;
      worker.cancelAllJobs('stopping' satisfies AbortReason);
      await closeWorker(worker, inHand);
    },
  };
}
