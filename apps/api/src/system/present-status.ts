import type { Incident, SystemStatus } from '@roleforge/contracts';
import {
  latencyQuantile,
  type ProviderSample,
  providerLabel,
  type SystemSample,
  systemOutlook,
  type WorkerSample,
} from '@roleforge/domain';

type Seen = { sample: SystemSample; current: readonly Incident[]; recent: readonly Incident[]; version: string };

/** A sample as all the world may see it: what it costs and how much memory there is is the operator's business. */
export function presentStatus({ sample, current, recent, version }: Seen): SystemStatus {
  const { at, mysql, redis, queue, workers, pace, ledger, webhooks, providers, memory, pausedSince } = sample;
  return {
    object: 'status',
    status: systemOutlook(current),
    sampledAt: at.toISOString(),
    accepting: mysql,
    version,
    stores: { mysql: mysql ? 'ok' : 'no_answer', redis: redis ? 'ok' : 'no_answer' },
    accept: pace && { perSecond: rounded(pace.acceptsPerSecond), latency: latencyOf(pace.accepts) },
    queue: queue && {
      paused: queue.paused || pausedSince !== null,
      waiting: queue.waiting,
      scheduled: queue.scheduled,
      parked: queue.parked,
      running: queue.active,
      classes: queue.classes.map(({ priority, waiting, oldestAgeMs }) => ({
        priority,
        waiting,
        oldestWaitingSeconds: Math.round(oldestAgeMs / 1_000),
      })),
    },
    throughput: pace && {
      startsPerSecond: rounded(pace.startsPerSecond),
      endsPerSecond: rounded(pace.endsPerSecond),
      spanSeconds: pace.spanSeconds,
      recent: pace.recent.map(({ starts, ends }) => ({ starts, ends })),
    },
    pickup: pace && latencyOf(pace.pickups),
    workers: workers?.map(presentWorker) ?? null,
    creations: ledger && {
      scheduled: ledger.scheduled,
      queued: ledger.queued,
      held: ledger.held,
      running: ledger.running,
      cancelling: ledger.cancelling,
      atLeast: ledger.atLeast,
    },
    providers: providers?.map(presentProvider) ?? null,
    webhooks: webhooks && {
      pending: webhooks.pending,
      due: webhooks.due,
      oldestDueSeconds: Math.round(webhooks.oldestDueMs / 1_000),
      atLeast: webhooks.atLeast,
    },
    redis: memory && {
      memoryUsed: memory.maxBytes > 0 ? rounded(memory.usedBytes / memory.maxBytes) : null,
      evictionPolicyOk: memory.evictionPolicy === 'noeviction',
    },
    incidents: { current: [...current], recent: [...recent] },
  };
}

function presentWorker(worker: WorkerSample) {
  const { id, phase, version, startedAt, concurrency, inHand, longestInHandMs } = worker;
  return {
    id,
    state: phase,
    version,
    startedAt: startedAt?.toISOString() ?? null,
    concurrency,
    inHand,
    longestInHandSeconds: longestInHandMs === null ? null : Math.round(longestInHandMs / 1_000),
  };
}

function presentProvider({ provider, model, breaker, openUntil, limitedUntil }: ProviderSample) {
  return {
    provider: providerLabel(provider),
    model,
    breaker,
    openUntil: toSecond(openUntil),
    limitedUntil: toSecond(limitedUntil),
  };
}

function latencyOf(tally: readonly number[]) {
  return { p50Ms: latencyQuantile(tally, 0.5), p95Ms: latencyQuantile(tally, 0.95) };
}

/** Reckoned from what is left of it, the time differs by milliseconds from sample to sample. */
function toSecond(at: Date | null): string | null {
  return at === null ? null : new Date(Math.round(at.getTime() / 1_000) * 1_000).toISOString();
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
