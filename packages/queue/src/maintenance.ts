import { JOBS } from '@roleforge/contracts';
import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import { type AbortReason, abortLostJobs } from './abort-lost-jobs.ts';
import { closeWorker } from './close-worker.ts';
import { giveBack } from './give-back.ts';
import { queuePrefix } from './keys.ts';
import { keepSchedules } from './maintenance-schedules.ts';
import type { RecurringJob } from './recurring-job.ts';
import type { RedisConnection } from './redis-connection.ts';

type Options = {
  redis: RedisConnection;
  prefix: string;
  jobs: readonly RecurringJob[];
  onError: (error: Error) => void;
  /**
   * How long the hold on a run lasts without being renewed, in milliseconds; it is renewed at half of that. The next run of
   * any job waits for the one in hand, so that of a worker that died must not be in hand for long.
   */
  lockMs?: number;
};

export type Maintenance = { stop(): Promise<void> };

/** Runs the recurring jobs: however many processes start them, one run is in hand at a time. */
export async function startMaintenance({
  redis,
  prefix,
  jobs,
  onError,
  lockMs = 10_000,
}: Options): Promise<Maintenance> {
  const { queue: name } = JOBS.reconcile;
  const options = { connection: redis, prefix: queuePrefix(prefix, name) };
  const queue = new Queue(name, options);
  queue.on('error', onError);
  const schedules = await keepSchedules(queue, redis, jobs, onError);

  // BullMQ passes the signal only to a function that declares all three parameters.
  let stopping = false;
  const run = async (job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> => {
    // It was on its way here when the stop began; in this worker's hand it would keep the others from their runs.
    if (stopping) return giveBack(job, token);
    const recurring = jobs.find(one => one.job.name === job.name);
    if (recurring === undefined || !recurring.job.data.safeParse(job.data).success)
      throw new UnrecoverableError('job_invalid');
    await recurring.run(signal ?? new AbortController().signal);
  };
  const worker = new Worker(name, run, { ...options, lockDuration: lockMs, stalledInterval: lockMs / 2 });
  worker.on('error', onError);
  worker.on('failed', (_, error) => onError(error));
  abortLostJobs(worker);
  return {
    async stop() {
      schedules.stop();
      stopping = true;
      worker.cancelAllJobs('stopping' satisfies AbortReason);
      // A run that is broken off does no harm: the next one does all of it again.
      await closeWorker(worker, new Set());
      await queue.close();
    },
  };
}
