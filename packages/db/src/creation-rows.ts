import { type CreationRecord, PENDING_SOURCES } from '@roleforge/domain';

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
  | 'metadata'
  | 'webhook'
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
  metadata: string | null;
  webhook: string | null;
  ai_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
};

export const CREATION_COLUMNS: (keyof CreationRow)[] = [
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
  'metadata',
  'webhook',
  'ai_calls',
  'input_tokens',
  'output_tokens',
  'cost_usd',
];

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
    metadata: parse(row.metadata) ?? {},
    webhook: parse(row.webhook),
  };
}

/** Parses a column that holds JSON as text; null stays null. */
export function parse<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
