import type {
  Cancellation,
  Creation,
  CreationError,
  CreationStatus,
  CreationStep,
  Degradation,
  InlineSources,
  Priority,
  Regeneration,
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
  /** Its owner has asked for it to wait, and the worker that has it in hand has not come to the end of a step yet. */
  pauseRequested: boolean;
  retryAt: Date | null;
  history: Creation['history'];
  /** Where a cancelled one was stopped. */
  cancelledStep: CreationStep | null;
  /** The finished steps from which another attempt goes on. */
  kept: Cancellation['kept'];
  metadata: Record<string, string>;
  webhook: SubmitCreation['webhook'] | null;
  /** Which parts of which version it rewrites; null where it writes the whole role. */
  regenerate: Regeneration | null;
};

/** A record that has not been written yet, with the sources that came along. */
export type NewCreation = CreationRecord & { inlineSources: InlineSources | null; deadlineSeconds: number | null };

export const PENDING_SOURCES: SourceOutcomes = {
  baseInfo: { state: 'pending' },
  talkStyle: { state: 'pending' },
  knowledge: { state: 'pending' },
  products: { state: 'pending' },
};

export const NO_USAGE: Usage = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

type Origin = { tenantId: TenantId; requestId: string; traceparent: string | null; now: Date };

/**
 * What a submission comes to when it is accepted. The deadline counts from when it may first run.
 * @param regenerate where it is to rewrite parts of a version instead of writing the whole role
 */
export function newCreation(
  submit: SubmitCreation,
  { tenantId, requestId, traceparent, now }: Origin,
  regenerate: Regeneration | null = null,
): NewCreation {
  const runAt = submit.runAt === undefined ? null : new Date(submit.runAt);
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
    status: isToCome(runAt, now) ? 'scheduled' : 'queued',
    step: null,
    attempts: 0,
    createdAt: now,
    runAt,
    deadlineAt: deadlineOf(submit.deadlineSeconds ?? null, runAt, now),
    startedAt: null,
    finishedAt: null,
    sources: PENDING_SOURCES,
    degraded: [],
    usage: NO_USAGE,
    error: null,
    pauseRequested: false,
    retryAt: null,
    history: [],
    cancelledStep: null,
    kept: [],
    metadata: submit.metadata ?? {},
    webhook: submit.webhook ?? null,
    regenerate,
    inlineSources: submit.sources ?? null,
    deadlineSeconds: submit.deadlineSeconds ?? null,
  };
}

/** Whether a creation has to wait for its `runAt`. */
export function isToCome(runAt: Date | null, now: Date): boolean {
  return runAt !== null && runAt > now;
}

/** When a creation that is asked for, or asked for again, at `now` expires: counted from when it may first run. */
export function deadlineOf(deadlineSeconds: number | null, runAt: Date | null, now: Date): Date | null {
  if (deadlineSeconds === null) return null;
  const firstRun = isToCome(runAt, now) && runAt !== null ? runAt : now;
  return new Date(firstRun.getTime() + deadlineSeconds * 1000);
}

/** A creation as clients see it, in answers and in events. `queue` is what is known of its place while it waits. */
export function presentCreation(record: CreationRecord, queue: Creation['queue'] = null): Creation {
  const self = `/v1/role-creations/${record.id}`;
  return {
    id: record.id,
    object: 'role_creation',
    status: record.status,
    step: record.step,
    pausing: record.pauseRequested,
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
    history: record.history,
    cancellation: cancellationOf(record),
    regenerate: record.regenerate,
    metadata: record.metadata,
    links: {
      self,
      events: `${self}/events`,
      explain: `${self}/explain`,
      cancel: `${self}/cancel`,
      pause: `${self}/pause`,
      resume: `${self}/resume`,
      retry: `${self}/retry`,
      role: `/v1/roles/${record.roleId}`,
      deliveries: `${self}/deliveries`,
    },
  };
}

function cancellationOf({ status, cancelledStep, usage, kept }: CreationRecord): Cancellation | null {
  if (status !== 'cancelled') return null;
  // One that was cancelled while it waited had come to the step after what is kept of it.
  const waitedAt = kept.includes('draft') ? 'saving' : kept.includes('sources') ? 'writing' : null;
  return { step: cancelledStep ?? waitedAt, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, kept };
}
