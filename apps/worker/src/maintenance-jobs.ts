import type { Config } from '@roleforge/config';
import { JOBS } from '@roleforge/contracts';
import type { Database } from '@roleforge/db';
import type { EventLog, RecurringJob, WebhookQueue } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import type { Announcer } from './announce.ts';
import type { Queues } from './connections.ts';
import type { WorkerObserver } from './observer.ts';
import { PRUNE_EVERY_MS, prune } from './prune.ts';
import { reconcile } from './reconcile.ts';
import { SHARE_OUT_EVERY_MS, shareOut } from './share-out.ts';

type Needs = Queues & {
  config: Pick<Config, 'reconcileMs' | 'creationRetentionMs'>;
  database: Database;
  webhookQueue: WebhookQueue;
  events: EventLog;
  announce: Announcer;
  observer: Pick<WorkerObserver, 'reconciled'>;
  log: Logger;
  clock: () => Date;
};

/** The recurring jobs: whichever worker comes to a run of one carries it out for all. */
export function maintenanceJobs({ config, events, observer, ...needs }: Needs): RecurringJob[] {
  const { reconcileMs, creationRetentionMs } = config;
  return [
    {
      job: JOBS.reconcile,
      everyMs: reconcileMs,
      run: async signal => {
        const startedAt = performance.now();
        observer.reconciled(await reconcile(needs, signal), performance.now() - startedAt);
      },
    },
    {
      job: JOBS.prune,
      everyMs: PRUNE_EVERY_MS,
      run: signal => prune({ ...needs, events, creationRetentionMs }, signal),
    },
    {
      job: JOBS.shareOut,
      everyMs: SHARE_OUT_EVERY_MS,
      run: () => shareOut(needs),
    },
  ];
}
