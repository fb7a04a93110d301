import type { Worker } from 'bullmq';

/** Why a job's signal was aborted. */
export type AbortReason = 'lock_lost' | 'stopping';

/** Has a worker abort the jobs that it has lost its lock on: BullMQ says so, and lets them go on beside their next taker. */
export function abortLostJobs(worker: Worker): void {
  worker.on('lockRenewalFailed', ids => {
    for (const id of ids) worker.cancelJob(id, 'lock_lost' satisfies AbortReason);
  });
}
