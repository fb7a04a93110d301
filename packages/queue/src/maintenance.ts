import { JOBS } from '@roleforge/contracts';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { closeWorker } from './close-worker.ts';
import { queuePrefix } from './keys.ts';

type Options = {
  redis: Redis;
  prefix: string;
  /** How often the reconciler runs, in milliseconds, over all processes together. */
  everyMs: number;
  reconcile: () => Promise<void>;
  onError: (error: Error) => void;
};

export type Maintenance = { stop(): Promise<void> };

/** The next run waits for the one in hand, so that of a worker that died must not be in hand for long. */
const TAKEN_OVER_SOON = { lockDuration: 10_000, stalledInterval: 5_000 };

/** Runs the recurring jobs: however many processes start them, each job runs on one at a time. */
export async function startMaintenance({ redis, prefix, everyMs, reconcile, onError }: Options): Promise<Maintenance> {
  const { queue: name, name: jobName, data } = JOBS.reconcile;
  const options = { connection: redis, prefix: queuePrefix(prefix, name) };
  const queue = new Queue(name, options);
  queue.on('error', onError);
  const schedule = async () => {
    // A run that takes longer than the pause would otherwise meet the next one on another worker.
    await queue.setGlobalConcurrency(1);
    await queue.upsertJobScheduler(
      jobName,
      { every: everyMs },
      { name: jobName, data: { version: 1 }, opts: { removeOnComplete: { count: 10 }, removeOnFail: { count: 50 } } },
    );
  };
  await schedule();
  // A Redis that was wiped has lost the schedule with everything else.
  const guard = setInterval(() => void schedule().catch(onError), everyMs * 4);
  guard.unref();
  const run = async (job: Job) => {
    data.parse(job.data);
    await reconcile();
  };
  const worker = new Worker(name, run, { ...options, ...TAKEN_OVER_SOON });
  worker.on('error', onError);
  worker.on('failed', (_, error) => onError(error));
  return {
    async stop() {
      clearInterval(guard);
      // A run that is broken off does no harm: the next one does all of it again.
      await closeWorker(worker, new Set());
      await queue.close();
    },
  };
}
