import { PRIORITIES, type Priority } from '@roleforge/contracts';
import type { Database } from '@roleforge/db';
import {
  API_METRICS,
  HTTP_METHODS,
  type Metrics,
  openMetrics,
  type RouteTemplate,
  recordEnd,
} from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import type { Traffic } from './http/traffic.ts';
import type { Intake } from './intake.ts';
import type { ApiObserver } from './observer.ts';

export type ApiMetrics = Metrics<typeof API_METRICS>;

/** The metrics of an api process, with nothing recorded yet. */
export function openApiMetrics(): ApiMetrics {
  const metrics = openMetrics(API_METRICS);
  metrics.meters.roleforge_build_info.of({ version: manifest.version, service: 'api' }).set(1);
  return metrics;
}

type Meters = ApiMetrics['meters'];
/** Records what it hears. The series that a submission adds to are found once, when it begins. */
export function createApiObserver({ meters }: Pick<ApiMetrics, 'meters'>): ApiObserver {
  const single = meters.roleforge_accept_duration_seconds.of({ via: 'single' });
  const batch = meters.roleforge_accept_duration_seconds.of({ via: 'batch' });
  const groupSize = meters.roleforge_group_commit_submissions.of();
  const commits = meters.roleforge_group_commit_duration_seconds.of();
  const accepted = acceptedByPriority(meters);
  return {
    served: createServedRecorder(meters),
    refused: code => meters.roleforge_requests_refused_total.of({ code }).add(),
    answeredAccepted: (via, ms) => (via === 'batch' ? batch : single).observe(ms / 1_000),
    accepted(creations) {
      for (const { priority } of creations) accepted[priority].add();
    },
    committed(submissions, ms) {
      groupSize.observe(submissions);
      commits.observe(ms / 1_000);
    },
    ended: creation => recordEnd(meters, creation),
  };
}

type Accepted = ReturnType<Meters['roleforge_creations_accepted_total']['of']>;

function acceptedByPriority(meters: Meters): Record<Priority, Accepted> {
  const series = PRIORITIES.map(priority => [priority, meters.roleforge_creations_accepted_total.of({ priority })]);
  return Object.fromEntries(series) as Record<Priority, Accepted>;
}

type RequestSeries = ReturnType<Meters['roleforge_http_server_request_duration_seconds']['of']>;

const METHODS: ReadonlySet<string> = new Set(HTTP_METHODS);

/** Every request comes by here: its series is found by what is compared at once, before it is looked for by its labels. */
function createServedRecorder(meters: Meters): ApiObserver['served'] {
  const known = new Map<RouteTemplate, { method: string; status: number; series: RequestSeries }[]>();
  return ({ method, route, status, ms }) => {
    const ofRoute = known.get(route) ?? [];
    if (ofRoute.length === 0) known.set(route, ofRoute);
    let found = ofRoute.find(each => each.status === status && each.method === method);
    if (found === undefined) {
      const series = meters.roleforge_http_server_request_duration_seconds.of({
        http_request_method: METHODS.has(method) ? (method as (typeof HTTP_METHODS)[number]) : '_OTHER',
        http_route: route,
        http_response_status_code: `${status}`,
      });
      found = { method, status, series };
      // A method that is none of the known is looked for each time: there is no end to what Node lets through as one.
      if (METHODS.has(method)) ofRoute.push(found);
    }
    found.series.observe(ms / 1_000);
  };
}

type Followed = { intake: Intake; traffic: Traffic; database: Database };

/** Has the gauges read, whenever the page is, what they are to follow. */
export function followApi({ meters }: Pick<ApiMetrics, 'meters'>, { intake, traffic, database }: Followed): void {
  meters.roleforge_intake_in_flight.of().follow(() => intake.inFlight());
  meters.roleforge_http_server_active_requests.of().follow(() => traffic.active());
  meters.roleforge_http_server_event_streams.of().follow(() => traffic.streams());
  for (const state of ['used', 'free', 'pending'] as const)
    meters.roleforge_db_pool_connections.of({ state }).follow(() => database.pool()[state]);
}
