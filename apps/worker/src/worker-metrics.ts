import { FAILURES, type FailureCode } from '@roleforge/contracts';
import type { Database } from '@roleforge/db';
import { type Metrics, openMetrics, recordEnd, WORKER_METRICS } from '@roleforge/telemetry';
import type { ModelCallObserver } from '@roleforge/writer';
import manifest from '../package.json' with { type: 'json' };
import type { WorkerObserver } from './observer.ts';
import type { Readiness } from './readiness.ts';

export type WorkerMetrics = Metrics<typeof WORKER_METRICS>;

/** The metrics of a worker process, with nothing recorded yet. */
export function openWorkerMetrics(): WorkerMetrics {
  const metrics = openMetrics(WORKER_METRICS);
  const { meters } = metrics;
  meters.roleforge_build_info.of({ version: manifest.version, service: 'worker' }).set(1);
  // So that the first retry of a kind is seen as a rise. Of the other pairs of owner and code there is never any.
  for (const [code, { owner, retryable }] of Object.entries(FAILURES))
    if (retryable) meters.roleforge_attempts_retried_total.of({ owner, code: code as FailureCode });
  return metrics;
}

type Recorded = Pick<WorkerMetrics, 'meters'>;

/** Records what it hears. */
export function createWorkerObserver({ meters }: Recorded): WorkerObserver {
  return {
    pickedUp: (priority, ms) =>
      meters.roleforge_creation_pickup_duration_seconds.of({ priority }).observe(Math.max(0, ms) / 1_000),
    stepDone: (step, ms) => meters.roleforge_creation_step_duration_seconds.of({ step }).observe(ms / 1_000),
    ended: creation => recordEnd(meters, creation),
    sourceRead: (source, from, ms) =>
      meters.roleforge_source_read_duration_seconds.of({ source, from }).observe(ms / 1_000),
    retried: ({ owner, code }) => meters.roleforge_attempts_retried_total.of({ owner, code }).add(),
    putOff: reason => meters.roleforge_creations_put_off_total.of({ reason }).add(),
    delivered: (outcome, ms) => meters.roleforge_webhook_delivery_duration_seconds.of({ outcome }).observe(ms / 1_000),
    reconciled({ unfinished: _, bulks: __, ...repairs }, ms) {
      meters.roleforge_reconcile_duration_seconds.of().observe(ms / 1_000);
      for (const [repair, count] of Object.entries(repairs))
        meters.roleforge_reconcile_repairs_total.of({ repair: repair as keyof typeof repairs }).add(count);
    },
  };
}

/** Records the calls that the writer makes. */
export function createModelCallObserver({ meters }: Recorded): ModelCallObserver {
  return ({ provider, model, ms, inputTokens, outputTokens, costUsd }, outcome) => {
    const its = { gen_ai_provider_name: provider, gen_ai_request_model: model };
    meters.roleforge_gen_ai_client_operation_duration_seconds.of({ ...its, outcome }).observe(ms / 1_000);
    meters.roleforge_gen_ai_client_tokens_total.of({ ...its, gen_ai_token_type: 'input' }).add(inputTokens);
    meters.roleforge_gen_ai_client_tokens_total.of({ ...its, gen_ai_token_type: 'output' }).add(outputTokens);
    meters.roleforge_gen_ai_client_cost_usd_total.of(its).add(costUsd);
  };
}

type Followed = {
  database: Database;
  readiness: Pick<Readiness, 'look'>;
  concurrency: number;
  /** How many creations are in hand. */
  inHand: () => number;
};

/** Has the gauges read, whenever the page is, what they are to follow. */
export function followWorker({ meters }: Recorded, { database, readiness, concurrency, inHand }: Followed): void {
  meters.roleforge_worker_creations_in_hand.of().follow(inHand);
  meters.roleforge_worker_concurrency.of().set(concurrency);
  meters.roleforge_worker_ready.of().follow(async () => ((await readiness.look()).ready ? 1 : 0));
  for (const state of ['used', 'free', 'pending'] as const)
    meters.roleforge_db_pool_connections.of({ state }).follow(() => database.pool()[state]);
}
