import type {
  Creation,
  CreationError,
  CreationStatus,
  CreationStep,
  Degradation,
  InlineSources,
  Priority,
  RoleId,
  SourceOutcomes,
  StrategyId,
  SubmitCreation,
  TaskId,
  TenantId,
  Usage,
} from '@roleforge/contracts';
import { newCreationId, roleIdOf } from './ids.ts';

/** A creation as the ledger keeps it. */
export type CreationRecord = {
  id: Creation['id'];
  tenantId: TenantId;
  requestId: string;
  traceparent: string | null;
  taskId: TaskId;
  strategyId: StrategyId;
  roleId: RoleId;
  roleVersion: number | null;
  priority: Priority;
  status: CreationStatus;
  step: CreationStep | null;
  attempts: number;
  createdAt: Date;
  runAt: Date | null;
  deadlineAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  sources: SourceOutcomes;
  degraded: Degradation[];
  usage: Usage;
  error: CreationError | null;
  metadata: Record<string, string>;
  webhook: SubmitCreation['webhook'] | null;
};

/** A record that has not been written yet, with the sources that came along. */
export type NewCreation = CreationRecord & { inlineSources: InlineSources | null };

export const PENDING_SOURCES: SourceOutcomes = {
  baseInfo: { state: 'pending' },
  talkStyle: { state: 'pending' },
  knowledge: { state: 'pending' },
  products: { state: 'pending' },
};

export const NO_USAGE: Usage = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

type Origin = { tenantId: TenantId; requestId: string; traceparent: string | null; now: Date };

/** What a submission comes to when it is accepted. The deadline counts from when it may first run. */
export function newCreation(submit: SubmitCreation, { tenantId, requestId, traceparent, now }: Origin): NewCreation {
  const runAt = submit.runAt === undefined ? null : new Date(submit.runAt);
  const firstRun = Math.max(now.getTime(), runAt?.getTime() ?? 0);
  return {
    id: newCreationId(now.getTime()),
    tenantId,
    requestId,
    traceparent,
    taskId: submit.taskId,
    strategyId: submit.strategyId,
    roleId: roleIdOf(tenantId, submit.taskId),
    roleVersion: null,
    priority: submit.priority,
    status: firstRun > now.getTime() ? 'scheduled' : 'queued',
    step: null,
    attempts: 0,
    createdAt: now,
    runAt,
    deadlineAt: submit.deadlineSeconds === undefined ? null : new Date(firstRun + submit.deadlineSeconds * 1000),
    startedAt: null,
    finishedAt: null,
    sources: PENDING_SOURCES,
    degraded: [],
    usage: NO_USAGE,
    error: null,
    metadata: submit.metadata ?? {},
    webhook: submit.webhook ?? null,
    inlineSources: submit.sources ?? null,
  };
}

/** A creation as clients see it, in answers and in events. `queue` is what is known of its place while it waits. */
export function presentCreation(record: CreationRecord, queue: Creation['queue'] = null): Creation {
  const self = `/v1/role-creations/${record.id}`;
  return {
    id: record.id,
    object: 'role_creation',
    status: record.status,
    step: record.step,
    requestId: record.requestId,
    taskId: record.taskId,
    strategyId: record.strategyId,
    roleId: record.roleId,
    roleVersion: record.roleVersion,
    priority: record.priority,
    attempts: record.attempts,
    createdAt: record.createdAt.toISOString(),
    runAt: record.runAt?.toISOString() ?? null,
    deadlineAt: record.deadlineAt?.toISOString() ?? null,
    startedAt: record.startedAt?.toISOString() ?? null,
    finishedAt: record.finishedAt?.toISOString() ?? null,
    queue,
    sources: record.sources,
    degraded: record.degraded,
    usage: record.usage,
    error: record.error,
    metadata: record.metadata,
    links: {
      self,
      events: `${self}/events`,
      cancel: `${self}/cancel`,
      role: `/v1/roles/${record.roleId}`,
    },
  };
}
