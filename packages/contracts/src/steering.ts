import { z } from 'zod';
import { CreationStatus, Priority } from './creations.ts';
import { BulkId, CreationId, TaskId } from './ids.ts';

/** The body of the calls that only say what to do: nothing, or `{}`. */
export const ControlBody = z.strictObject({}).optional();

/** The body of `PATCH /v1/role-creations/{id}`. */
export const ChangeCreation = z.strictObject({ priority: Priority }).meta({ id: 'ChangeCreation' });
export type ChangeCreation = z.infer<typeof ChangeCreation>;

/** Why a creation is not being worked on, or that it is. Clients may switch on the code. */
export const WaitReason = z.enum([
  'waiting_turn',
  'tenant_paused',
  'tenant_suspended',
  'system_paused',
  'concurrency_cap',
  'spend_limit',
  'held',
  'scheduled',
  'retry_wait',
  'provider_limited',
  'breaker_open',
  'no_worker',
  'not_queued',
  'queue_away',
  'pausing',
  'cancelling',
  'running',
  'ended',
]);
export type WaitReason = z.infer<typeof WaitReason>;

/** The answer of `GET /v1/role-creations/{id}/explain`. */
export const Explanation = z
  .object({
    id: CreationId,
    status: CreationStatus,
    reasons: z.array(
      z.object({
        code: WaitReason,
        message: z.string(),
        until: z.iso.datetime().optional().describe('When this reason passes, where that is known'),
        detail: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
      }),
    ),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;

const time = z.iso.datetime({ offset: true });

/** Which creations a bulk call is about; all of the tenant's where it says nothing. */
export const BulkFilter = z.strictObject({
  status: CreationStatus.optional(),
  taskId: TaskId.optional(),
  createdAfter: time.optional(),
  createdBefore: time.optional(),
});
export type BulkFilter = z.infer<typeof BulkFilter>;

/** The body of `POST /v1/role-creations/bulk`. */
export const SubmitBulk = z
  .strictObject({
    action: z.enum(['cancel', 'retry']),
    filter: BulkFilter.describe('`{}` for all of the tenant’s'),
    dryRun: z.boolean().default(false).describe('Only count'),
  })
  .meta({ id: 'SubmitBulk', example: { action: 'retry', filter: { status: 'failed' }, dryRun: true } });
export type SubmitBulk = z.infer<typeof SubmitBulk>;

export const BulkOperation = z
  .object({
    id: BulkId.nullable().describe('Null for a dry run'),
    object: z.literal('bulk_operation'),
    action: z.enum(['cancel', 'retry']),
    filter: BulkFilter,
    matched: z.int().describe('How many creations the action applied to when it was asked for'),
    done: z.int().describe('How many it has been applied to'),
    state: z.enum(['dry_run', 'waiting', 'running', 'finished']),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    links: z.object({ self: z.string().nullable() }),
  })
  .meta({ id: 'BulkOperation' });
export type BulkOperation = z.infer<typeof BulkOperation>;
