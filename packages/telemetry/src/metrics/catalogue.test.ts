import { describe, expect, test } from '@jest/globals';
import { readMetricsText } from '@roleforge/testkit';
import { API_METRICS, WORKER_METRICS } from './catalogue.ts';
import type { MetricDefinition } from './metric-definition.ts';
import { openMetrics } from './open-metrics.ts';
import { SYSTEM_METRICS } from './system-catalogue.ts';

const ALL: [string, MetricDefinition][] = Object.entries({ ...API_METRICS, ...WORKER_METRICS, ...SYSTEM_METRICS });

describe('the catalogue', () => {
  test('has what alerts and dashboards look for in an api process', () => {
    expect(Object.keys(API_METRICS).toSorted()).toEqual([
      'roleforge_accept_duration_seconds',
      'roleforge_build_info',
      'roleforge_creation_duration_seconds',
      'roleforge_creations_accepted_total',
      'roleforge_creations_ended_total',
      'roleforge_db_pool_connections',
      'roleforge_group_commit_duration_seconds',
      'roleforge_group_commit_submissions',
      'roleforge_http_server_active_requests',
      'roleforge_http_server_event_streams',
      'roleforge_http_server_request_duration_seconds',
      'roleforge_intake_in_flight',
      'roleforge_requests_refused_total',
    ]);
  });

  test('has what alerts and dashboards look for in a worker process', () => {
    expect(Object.keys(WORKER_METRICS).toSorted()).toEqual([
      'roleforge_attempts_retried_total',
      'roleforge_build_info',
      'roleforge_creation_duration_seconds',
      'roleforge_creation_pickup_duration_seconds',
      'roleforge_creation_step_duration_seconds',
      'roleforge_creations_ended_total',
      'roleforge_creations_put_off_total',
      'roleforge_db_pool_connections',
      'roleforge_gen_ai_client_cost_usd_total',
      'roleforge_gen_ai_client_operation_duration_seconds',
      'roleforge_gen_ai_client_tokens_total',
      'roleforge_reconcile_duration_seconds',
      'roleforge_reconcile_repairs_total',
      'roleforge_source_read_duration_seconds',
      'roleforge_webhook_delivery_duration_seconds',
      'roleforge_worker_concurrency',
      'roleforge_worker_creations_in_hand',
      'roleforge_worker_ready',
    ]);
  });

  test.each(ALL)('%s is well formed', (name, { kind, help, labels, buckets }) => {
    expect(name).toMatch(/^roleforge_[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|ms|milliseconds|kb|mb)$/);
    expect(help).toMatch(/^[A-Z0-9].{10,}\.$/);
    expect(buckets !== undefined).toBe(kind === 'histogram');
    expect(buckets ?? []).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
    if (kind === 'histogram') expect(name).toMatch(/_(seconds|submissions)$/);
    for (const [label, values] of Object.entries(labels)) {
      expect(label).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      expect(['le', 'quantile', 'job', 'instance', 'tenant', 'id', 'key']).not.toContain(label);
      if ('boundedBy' in values) continue;
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) expect(value).toMatch(/^[A-Za-z_]+$/);
    }
  });
});

describe('what is recorded', () => {
  test('does not compile with a value outside a label’s set, and makes no series where it comes about all the same', async () => {
    const { registry, meters } = openMetrics({ ...API_METRICS, ...WORKER_METRICS });
    const before = readMetricsText(await registry.metrics()).samples.length;
    // @ts-expect-error no such priority
    meters.roleforge_creations_accepted_total.of({ priority: 'whenever' }).add();
    // @ts-expect-error a path is no route
    const route = meters.roleforge_http_server_request_duration_seconds.of({ http_route: '/v1/roles/role_1' });
    route.observe(1);
    // @ts-expect-error a label is missing
    meters.roleforge_attempts_retried_total.of({ owner: 'provider' }).add();
    // @ts-expect-error no such label
    meters.roleforge_intake_in_flight.of({ tenant: 'tenant_1' }).set(1);
    const after = readMetricsText(await registry.metrics());
    expect(after.samples.filter(({ name }) => name !== 'roleforge_intake_in_flight')).toHaveLength(before);
    expect(after.samples.filter(({ labels }) => 'tenant' in labels)).toEqual([]);
  });
});
