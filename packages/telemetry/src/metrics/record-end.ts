import type { CreationRecord, TERMINAL_STATES } from '@roleforge/domain';
import type { PROCESS_METRICS } from './catalogue.ts';
import type { Metrics } from './open-metrics.ts';

type Meters = Pick<
  Metrics<typeof PROCESS_METRICS>['meters'],
  'roleforge_creations_ended_total' | 'roleforge_creation_duration_seconds'
>;

/** Records that a creation has come to its end: told by whoever brought that about, once. */
export function recordEnd(
  meters: Meters,
  { status, createdAt, finishedAt }: Pick<CreationRecord, 'status' | 'createdAt' | 'finishedAt'>,
): void {
  const labels = { status: status as (typeof TERMINAL_STATES)[number] };
  meters.roleforge_creations_ended_total.of(labels).add();
  if (finishedAt === null) return;
  const seconds = Math.max(0, finishedAt.getTime() - createdAt.getTime()) / 1_000;
  meters.roleforge_creation_duration_seconds.of(labels).observe(seconds);
}
