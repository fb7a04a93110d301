import { PRIORITIES } from '@roleforge/contracts';
import { type SystemSample, UNFINISHED_STATES } from '@roleforge/domain';
import { type GaugeReading, SYSTEM_METRICS } from '@roleforge/telemetry';

/** The system as a whole in metrics. What was not to be told is not there; whether it was, the gauges `…_up` say. */
export function systemGauges(sample: SystemSample, now: Date): GaugeReading[] {
  return [
    ...ofQueue(sample),
    ...ofWorkers(sample),
    ...ofLedger(sample),
    ...ofProviders(sample),
    ...ofStores(sample, now),
  ];
}

/** A gauge of the catalogue, which says what it means. */
function gauge(name: keyof typeof SYSTEM_METRICS, ...values: GaugeReading['values']): GaugeReading {
  return { name, help: SYSTEM_METRICS[name].help, values };
}

const bit = (is: boolean) => ({ value: is ? 1 : 0 });

function* ofQueue({ queue, pausedSince }: SystemSample): Generator<GaugeReading> {
  if (queue === null) return;
  const { classes, paused } = queue;
  yield gauge(
    'roleforge_queue_waiting_jobs',
    ...classes.map(({ priority, waiting }) => ({ labels: { priority }, value: waiting })),
  );
  yield gauge(
    'roleforge_queue_oldest_waiting_age_seconds',
    ...PRIORITIES.map(priority => ({
      labels: { priority },
      value: (classes.find(each => each.priority === priority)?.oldestAgeMs ?? 0) / 1_000,
    })),
  );
  yield gauge('roleforge_queue_paused', bit(paused || pausedSince !== null));
}

function* ofWorkers({ workers, pace }: SystemSample): Generator<GaugeReading> {
  if (workers !== null) {
    const working = workers.filter(({ phase }) => phase !== 'stopping');
    const slots = working.reduce((sum, { concurrency }) => sum + (concurrency ?? 0), 0);
    const busy = working.reduce(
      (sum, { inHand }) => sum + (inHand ? inHand.gathering + inHand.writing + inHand.saving : 0),
      0,
    );
    yield gauge('roleforge_workers', { value: working.length });
    yield gauge(
      'roleforge_worker_slots',
      { labels: { state: 'busy' }, value: busy },
      { labels: { state: 'free' }, value: Math.max(0, slots - busy) },
    );
  }
  if (pace !== null) yield gauge('roleforge_creation_starts_per_second', { value: pace.startsPerSecond });
}

function* ofLedger({ ledger, webhooks, monthCostUsd }: SystemSample): Generator<GaugeReading> {
  if (ledger !== null)
    yield gauge(
      'roleforge_ledger_creations',
      ...UNFINISHED_STATES.map(status => ({ labels: { status }, value: ledger[status] })),
    );
  if (webhooks !== null) {
    yield gauge('roleforge_webhook_deliveries_pending', { value: webhooks.pending });
    yield gauge('roleforge_webhook_oldest_pending_age_seconds', { value: webhooks.oldestDueMs / 1_000 });
  }
  if (monthCostUsd !== null) yield gauge('roleforge_ai_cost_usd_this_month', { value: monthCostUsd });
}

function* ofProviders({ providers }: SystemSample): Generator<GaugeReading> {
  if (providers === null || providers.length === 0) return;
  yield gauge(
    'roleforge_ai_breaker_open',
    ...providers.map(({ provider, model, breaker }) => ({
      labels: { gen_ai_provider_name: provider, gen_ai_request_model: model },
      ...bit(breaker === 'open'),
    })),
  );
}

function* ofStores({ memory, redis, mysql, at }: SystemSample, now: Date): Generator<GaugeReading> {
  if (memory !== null) {
    yield gauge('roleforge_redis_memory_used_bytes', { value: memory.usedBytes });
    yield gauge('roleforge_redis_memory_max_bytes', { value: memory.maxBytes });
    yield gauge('roleforge_redis_eviction_policy_ok', bit(memory.evictionPolicy === 'noeviction'));
  }
  yield gauge('roleforge_redis_up', bit(redis));
  yield gauge('roleforge_mysql_up', bit(mysql));
  yield gauge('roleforge_system_sample_age_seconds', { value: Math.max(0, now.getTime() - at.getTime()) / 1_000 });
}
