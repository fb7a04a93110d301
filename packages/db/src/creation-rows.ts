import type { Regeneration } from '@roleforge/contracts';
import { type CreationRecord, PENDING_SOURCES, readAttemptLog } from '@roleforge/domain';
import type { Knex } from 'knex';

/** A row of `role_creations` without the inline sources, as the driver hands it over. */
export type CreationRow = Omit<
  CreationRecord,
  | 'tenantId'
  | 'requestId'
  | 'taskId'
  | 'strategyId'
  | 'roleId'
  | 'roleVersion'
  | 'createdAt'
  | 'runAt'
  | 'deadlineAt'
  | 'startedAt'
  | 'finishedAt'
  | 'sources'
  | 'degraded'
  | 'usage'
  | 'error'
  | 'pauseRequested'
  | 'retryAt'
  | 'history'
  | 'cancelledStep'
  | 'kept'
  | 'metadata'
  | 'webhook'
  | 'regenerate'
> & {
  tenant_id: CreationRecord['tenantId'];
  request_id: string;
  task_id: CreationRecord['taskId'];
  strategy_id: CreationRecord['strategyId'];
  role_id: CreationRecord['roleId'];
  role_version: number | null;
  created_at: Date;
  run_at: Date | null;
  deadline_at: Date | null;
  started_at: Date | null;
  finished_at: Date | null;
  source_outcomes: string | null;
  degraded: string | null;
  error: string | null;
  attempt_epoch: number;
  pause_requested: number;
  retry_at: Date | null;
  /** Absent where it was not asked for. */
  attempt_log?: string | null;
  cancelled_step: CreationRecord['cancelledStep'];
  has_gathered: number;
  has_draft: number;
  metadata: string | null;
  webhook: string | null;
  base_version: number | null;
  sections: string | null;
  ai_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
};

/** What a record is read from, but for its history, which may be long. */
export const CREATION_COLUMNS: string[] = [
  'tenant_id',
  'id',
  'task_id',
  'strategy_id',
  'role_id',
  'request_id',
  'traceparent',
  'priority',
  'status',
  'step',
  'attempts',
  'role_version',
  'created_at',
  'run_at',
  'deadline_at',
  'started_at',
  'finished_at',
  'source_outcomes',
  'degraded',
  'error',
  'attempt_epoch',
  'pause_requested',
  'retry_at',
  'cancelled_step',
  'metadata',
  'webhook',
  'base_version',
  'sections',
  'ai_calls',
  'input_tokens',
  'output_tokens',
  'cost_usd',
] satisfies (keyof CreationRow)[];

/** Whether there are checkpoints, without reading them. */
export function checkpointFlags(knex: Knex): Knex.Raw[] {
  return [knex.raw('gathered IS NOT NULL AS has_gathered'), knex.raw('draft IS NOT NULL AS has_draft')];
}

export function toCreationRecord(row: CreationRow): CreationRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    requestId: row.request_id,
    traceparent: row.traceparent,
    taskId: row.task_id,
    strategyId: row.strategy_id,
    roleId: row.role_id,
    roleVersion: row.role_version,
    priority: row.priority,
    status: row.status,
    step: row.step,
    attempts: row.attempts,
    createdAt: row.created_at,
    runAt: row.run_at,
    deadlineAt: row.deadline_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    sources: parse(row.source_outcomes) ?? PENDING_SOURCES,
    degraded: parse(row.degraded) ?? [],
    usage: {
      calls: row.ai_calls,
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      costUsd: Number(row.cost_usd),
    },
    error: parse(row.error),
    pauseRequested: row.pause_requested === 1,
    retryAt: row.retry_at,
    history: readAttemptLog(
      row.attempt_log ?? null,
      row.status === 'running' || row.status === 'cancelling',
      row.attempt_epoch,
    ),
    cancelledStep: row.cancelled_step,
    kept: [...(row.has_gathered === 1 ? ['sources' as const] : []), ...(row.has_draft === 1 ? ['draft' as const] : [])],
    metadata: parse(row.metadata) ?? {},
    webhook: parse(row.webhook),
    regenerate: regenerationOf(row),
  };
}

export function regenerationOf({
  base_version: baseVersion,
  sections,
}: Pick<CreationRow, 'base_version' | 'sections'>): Regeneration | null {
  return baseVersion === null ? null : { baseVersion, sections: parse(sections) ?? [] };
}

/** Parses a column that holds JSON as text; null stays null. */
export function parse<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

/** Adds a line to a creation's attempt log. */
export function addLine(knex: Knex, line: string): Knex.Raw {
  return knex.raw("CONCAT(COALESCE(attempt_log, ''), ?)", [line]);
}
