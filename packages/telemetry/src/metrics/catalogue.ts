import {
  AttemptOutcomeOfDelivery,
  FAILURES,
  type FailureCode,
  FailureOwner,
  PRIORITIES,
  PROBLEMS,
  type ProblemCode,
  SOURCE_KINDS,
} from '@roleforge/contracts';
import { TERMINAL_STATES } from '@roleforge/domain';
import { CREATIONS, DELIVERIES, GROUPS, MODEL_CALLS, QUICK, READS, RECONCILING, STEPS, WAITS } from './buckets.ts';
import { bounded, type Catalogue } from './metric-definition.ts';

/*
 * Every metric that a process tells of itself: its name, its meaning, its labels and their values. Names end with their unit, seconds
 * or bytes, and counters with `_total`. No label ever has a tenant, an id, a key or a text in it: what a label can be is listed
 * here, or bounded by what is named here. docs/metrics.md says what to look at; a test keeps it in step.
 */

/** An address as the route table has it, with its parameters in braces; what is in no table is `unmatched`. */
export type RouteTemplate = string & { readonly brand: 'RouteTemplate' };

/** The methods that are told apart; OpenTelemetry calls the rest `_OTHER`. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const;

const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];
const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

const model = {
  gen_ai_provider_name: bounded('the configured providers'),
  gen_ai_request_model: bounded('the configured models'),
};

/** Of a process of either kind. */
export const PROCESS_METRICS = {
  roleforge_build_info: {
    kind: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: { version: bounded('the release'), service: ['api', 'worker'] },
  },
  roleforge_db_pool_connections: {
    kind: 'gauge',
    help: 'Connections to MySQL in this process: used, free, and asked for by work that waits for one.',
    labels: { state: ['used', 'free', 'pending'] },
  },
  roleforge_creations_ended_total: {
    kind: 'counter',
    help: 'Role creations that this process has brought to their end, by how they ended.',
    labels: { status: TERMINAL_STATES },
  },
  roleforge_creation_duration_seconds: {
    kind: 'histogram',
    help: 'From the acceptance of a role creation to its end.',
    labels: { status: TERMINAL_STATES },
    buckets: CREATIONS,
  },
} as const satisfies Catalogue;

/** Of an api process. */
export const API_METRICS = {
  ...PROCESS_METRICS,
  roleforge_http_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'HTTP requests: from their arrival to the end of the answer, or to the beginning of an event stream.',
    labels: {
      http_request_method: HTTP_METHODS,
      http_route: bounded<RouteTemplate>('the table of routes, and `unmatched`'),
      http_response_status_code: bounded<`${number}`>('the statuses that the API answers with'),
    },
    buckets: QUICK,
  },
  roleforge_http_server_active_requests: {
    kind: 'gauge',
    help: 'HTTP requests that are being answered, open event streams among them.',
    labels: {},
  },
  roleforge_http_server_event_streams: { kind: 'gauge', help: 'Open streams of server-sent events.', labels: {} },
  roleforge_accept_duration_seconds: {
    kind: 'histogram',
    help: 'From the arrival of a request for role creations to the moment when its 202 is certain.',
    labels: { via: ['single', 'batch'] },
    buckets: QUICK,
  },
  roleforge_creations_accepted_total: {
    kind: 'counter',
    help: 'Role creations committed to the ledger by this process.',
    labels: { priority: PRIORITIES },
  },
  roleforge_requests_refused_total: {
    kind: 'counter',
    help: 'Requests answered with a problem, by its code.',
    labels: { code: PROBLEM_CODES },
  },
  roleforge_intake_in_flight: {
    kind: 'gauge',
    help: 'Submissions that wait to be committed or are being committed.',
    labels: {},
  },
  roleforge_group_commit_submissions: {
    kind: 'histogram',
    help: 'Submissions that were committed together.',
    labels: {},
    buckets: GROUPS,
  },
  roleforge_group_commit_duration_seconds: {
    kind: 'histogram',
    help: 'How long the commit of a group took, whether or not the ledger answered.',
    labels: {},
    buckets: QUICK,
  },
} as const satisfies Catalogue;

/** Of a worker process. */
export const WORKER_METRICS = {
  ...PROCESS_METRICS,
  roleforge_creation_pickup_duration_seconds: {
    kind: 'histogram',
    help: 'How long a role creation waited for a worker, from when it could be begun to its first start.',
    labels: { priority: PRIORITIES },
    buckets: WAITS,
  },
  roleforge_creation_step_duration_seconds: {
    kind: 'histogram',
    help: 'Steps of role creations that were carried out to their end.',
    labels: { step: ['gathering', 'writing', 'saving'] },
    buckets: STEPS,
  },
  roleforge_source_read_duration_seconds: {
    kind: 'histogram',
    help: 'Reads of sources, by where they were found: those not from mysql are hits of the cache.',
    labels: { source: SOURCE_KINDS, from: ['memory', 'redis', 'mysql'] },
    buckets: READS,
  },
  roleforge_attempts_retried_total: {
    kind: 'counter',
    help: 'Attempts that failed and are followed by another, by whose fault it was and what.',
    labels: { owner: FailureOwner.options, code: FAILURE_CODES },
  },
  roleforge_creations_put_off_total: {
    kind: 'counter',
    help: 'Role creations that were put off without an attempt being counted, by what they wait for.',
    labels: { reason: ['provider_limited', 'breaker_open', 'store_unavailable', 'system_paused'] },
  },
  roleforge_worker_creations_in_hand: {
    kind: 'gauge',
    help: 'Role creations that this worker is working on.',
    labels: {},
  },
  roleforge_worker_concurrency: {
    kind: 'gauge',
    help: 'How many role creations this worker works on at most.',
    labels: {},
  },
  roleforge_worker_ready: { kind: 'gauge', help: '1 while /readyz says that this worker takes jobs.', labels: {} },
  roleforge_gen_ai_client_operation_duration_seconds: {
    kind: 'histogram',
    help: 'Calls of models, by what they came to; their count is the number of calls.',
    labels: { ...model, outcome: ['ok', 'rate_limited', 'overloaded', 'failed', 'useless', 'aborted'] },
    buckets: MODEL_CALLS,
  },
  roleforge_gen_ai_client_tokens_total: {
    kind: 'counter',
    help: 'Tokens sent to models and written by them, as billed or, where that is not told, as estimated.',
    labels: { ...model, gen_ai_token_type: ['input', 'output'] },
  },
  roleforge_gen_ai_client_cost_usd_total: {
    kind: 'counter',
    help: 'What the calls of models have cost in US dollars, by the configured prices.',
    labels: model,
  },
  roleforge_webhook_delivery_duration_seconds: {
    kind: 'histogram',
    help: 'Tries to deliver a webhook, by how they ended.',
    labels: { outcome: AttemptOutcomeOfDelivery.options },
    buckets: DELIVERIES,
  },
  roleforge_reconcile_repairs_total: {
    kind: 'counter',
    help: 'What the reconciler mended between ledger and queue, and what it found to be due.',
    labels: {
      repair: ['restored', 'reprioritized', 'removed', 'mended', 'pauses', 'conceded', 'lapsed', 'due', 'webhooks'],
    },
  },
  roleforge_reconcile_duration_seconds: {
    kind: 'histogram',
    help: 'How long a comparison of the ledger with the queue took.',
    labels: {},
    buckets: RECONCILING,
  },
} as const satisfies Catalogue;
