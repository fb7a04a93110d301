import { PRIORITIES } from '@roleforge/contracts';
import type { SystemSample, UnfinishedStatus } from '@roleforge/domain';
import type { GaugeReading } from '@roleforge/telemetry';

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

const one = (name: string, help: string, value: number): GaugeReading => ({
  name: `roleforge_${name}`,
  help,
  values: [{ value }],
});
const bit = (is: boolean) => (is ? 1 : 0);

function* ofQueue({ queue, pausedSince }: SystemSample): Generator<GaugeReading> {
  if (queue === null) return;
  yield {
    name: 'roleforge_queue_waiting_jobs',
    help: 'Creations that wait their turn',
    values: queue.classes.map(({ priority, waiting }) => ({ labels: { priority }, value: waiting })),
  };
  yield {
    name: 'roleforge_queue_oldest_waiting_age_seconds',
    help: 'How long the oldest creation that waits its turn has done so; 0 where none does',
    values: PRIORITIES.map(priority => ({
      labels: { priority },
      value: (queue.classes.find(each => each.priority === priority)?.oldestAgeMs ?? 0) / 1_000,
    })),
  };
  yield one('queue_paused', 'Whether nothing is begun for anybody', bit(queue.paused || pausedSince !== null));
}

function* ofWorkers({ workers, pace }: SystemSample): Generator<GaugeReading> {
  if (workers !== null) {
    const working = workers.filter(({ phase }) => phase !== 'stopping');
    const slots = working.reduce((sum, { concurrency }) => sum + (concurrency ?? 0), 0);
    const busy = working.reduce(
      (sum, { inHand }) => sum + (inHand ? inHand.gathering + inHand.writing + inHand.saving : 0),
      0,
    );
    yield one('workers', 'Worker processes that take jobs', working.length);
    yield {
      name: 'roleforge_worker_slots',
      help: 'Creations that these workers can have in hand',
      values: [
        { labels: { state: 'busy' }, value: busy },
        { labels: { state: 'free' }, value: Math.max(0, slots - busy) },
      ],
    };
  }
  if (pace !== null)
    yield one('creation_starts_per_second', 'Creations begun, over the last ten seconds or so', pace.startsPerSecond);
}

const UNFINISHED: readonly UnfinishedStatus[] = ['scheduled', 'queued', 'held', 'running', 'cancelling'];

function* ofLedger({ ledger, webhooks, monthCostUsd }: SystemSample): Generator<GaugeReading> {
  if (ledger !== null)
    yield {
      name: 'roleforge_ledger_creations',
      help: 'Creations that have not ended, by the ledger; counted up to 100000',
      values: UNFINISHED.map(status => ({ labels: { status }, value: ledger[status] })),
    };
  if (webhooks !== null) {
    yield one('webhook_deliveries_pending', 'Messages that are still to be delivered', webhooks.pending);
    yield one(
      'webhook_oldest_pending_age_seconds',
      'How long the oldest of those that are due has been',
      webhooks.oldestDueMs / 1_000,
    );
  }
  if (monthCostUsd !== null)
    yield one('ai_cost_usd_this_month', 'What calls of models have cost in this month (UTC)', monthCostUsd);
}

function* ofProviders({ providers }: SystemSample): Generator<GaugeReading> {
  if (providers === null || providers.length === 0) return;
  yield {
    name: 'roleforge_ai_breaker_open',
    help: 'Whether a model is failing and is not asked',
    values: providers.map(({ provider, model, breaker }) => ({
      labels: { gen_ai_provider_name: provider, gen_ai_request_model: model },
      value: bit(breaker === 'open'),
    })),
  };
}

function* ofStores({ memory, redis, mysql, at }: SystemSample, now: Date): Generator<GaugeReading> {
  if (memory !== null) {
    yield one('redis_memory_used_bytes', 'Memory that Redis uses', memory.usedBytes);
    yield one('redis_memory_max_bytes', 'Memory that Redis may use; 0: no limit', memory.maxBytes);
    yield one(
      'redis_eviction_policy_ok',
      'Whether Redis keeps what it was given (noeviction)',
      bit(memory.evictionPolicy === 'noeviction'),
    );
  }
  yield one('redis_up', 'Whether Redis answers', bit(redis));
  yield one('mysql_up', 'Whether MySQL answers', bit(mysql));
  yield one('system_sample_age_seconds', 'How old all of this is', Math.max(0, now.getTime() - at.getTime()) / 1_000);
}
