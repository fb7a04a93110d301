import { type CreationStatus, PRIORITIES } from '@roleforge/contracts';
import { DISPATCHED_STATES } from '@roleforge/domain';
import { bounded, type Catalogue } from './metric-definition.ts';

const UNFINISHED = [...DISPATCHED_STATES, 'held'] as const satisfies CreationStatus[];

/**
 * Metrics of the system as a whole, beside BullMQ's own `bullmq_job_count`. One api process at a time has them on its page: told by
 * each, their sums would be wrong.
 */
export const SYSTEM_METRICS = {
  roleforge_queue_waiting_jobs: {
    kind: 'gauge',
    help: 'Role creations that could be begun and wait for a worker.',
    labels: { priority: PRIORITIES },
  },
  roleforge_queue_oldest_waiting_age_seconds: {
    kind: 'gauge',
    help: 'How long the oldest role creation has waited that could be begun; 0 where none waits. Scheduled, held and parked ones do not count.',
    labels: { priority: PRIORITIES },
  },
  roleforge_queue_paused: { kind: 'gauge', help: '1 while nothing is begun for anybody.', labels: {} },
  roleforge_workers: { kind: 'gauge', help: 'Worker processes that have said that they are there.', labels: {} },
  roleforge_worker_slots: {
    kind: 'gauge',
    help: 'How many role creations all workers have in hand, and could have besides.',
    labels: { state: ['busy', 'free'] },
  },
  roleforge_creation_starts_per_second: {
    kind: 'gauge',
    help: 'Role creations that all workers have begun lately, per second.',
    labels: {},
  },
  roleforge_ledger_creations: {
    kind: 'gauge',
    help: 'Role creations in the ledger that have not ended, by their state; counted up to 100,000 of each.',
    labels: { status: UNFINISHED },
  },
  roleforge_webhook_deliveries_pending: {
    kind: 'gauge',
    help: 'Webhooks that are still to be delivered; counted up to 100,000.',
    labels: {},
  },
  roleforge_webhook_oldest_pending_age_seconds: {
    kind: 'gauge',
    help: 'How long the oldest webhook has been due; 0 where none is.',
    labels: {},
  },
  roleforge_ai_breaker_open: {
    kind: 'gauge',
    help: '1 while a model is left alone since most of its calls came to nothing.',
    labels: {
      gen_ai_provider_name: bounded('the configured providers'),
      gen_ai_request_model: bounded('the configured models'),
    },
  },
  roleforge_ai_cost_usd_this_month: {
    kind: 'gauge',
    help: 'What all tenants’ calls of models have cost in this calendar month (UTC), in US dollars.',
    labels: {},
  },
  roleforge_redis_memory_used_bytes: { kind: 'gauge', help: 'Memory that Redis uses.', labels: {} },
  roleforge_redis_memory_max_bytes: { kind: 'gauge', help: 'Memory that Redis may use; 0: no limit.', labels: {} },
  roleforge_redis_eviction_policy_ok: {
    kind: 'gauge',
    help: '1 while Redis evicts nothing when its memory is full (noeviction).',
    labels: {},
  },
  roleforge_redis_up: { kind: 'gauge', help: '1 while Redis answers.', labels: {} },
  roleforge_mysql_up: { kind: 'gauge', help: '1 while MySQL answers.', labels: {} },
  roleforge_system_sample_age_seconds: {
    kind: 'gauge',
    help: 'How old the sample is that these figures are from.',
    labels: {},
  },
} as const satisfies Catalogue;
