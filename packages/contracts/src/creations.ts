import { z } from 'zod';
import { CreationError } from './failures.ts';
import { CreationId, RoleId, StrategyId, TaskId } from './ids.ts';
import { PageQuery, pageOf } from './pages.ts';
import { ProfilePartName } from './profile.ts';
import { InlineSources, SourceKind, SourceOutcomes } from './sources.ts';

export const CreationStatus = z.enum([
  'scheduled',
  'queued',
  'held',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
]);
export type CreationStatus = z.infer<typeof CreationStatus>;

/** What a running creation is at. */
export const CreationStep = z.enum(['gathering', 'writing', 'saving', 'notifying']);
export type CreationStep = z.infer<typeof CreationStep>;

/** Most urgent first. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
export const Priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof Priority>;

/** The creation events that a tenant can be told of by webhook: those after which nothing more happens. */
export const WebhookEvent = z.enum([
  'role_creation.succeeded',
  'role_creation.failed',
  'role_creation.cancelled',
  'role_creation.expired',
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

export const CreationWebhook = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .describe(
      'Told of the end of this creation, besides the tenant’s endpoints; signed with what `GET /v1/webhook-secret` shows',
    ),
  events: z.array(WebhookEvent).min(1).max(4).optional(),
});

const METADATA_KEYS = 20;
const Metadata = z.preprocess(
  refuseProto,
  z
    .record(z.string().min(1).max(64), z.string().max(500))
    .refine(value => Object.keys(value).length <= METADATA_KEYS, `at most ${METADATA_KEYS} keys`),
);

/** zod's records leave this key out without a word. */
function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
    context.addIssue({ code: 'custom', message: 'must not be the name of a key', path: ['__proto__'] });
  return value;
}

/** The ledger holds times up to the year 9999, and a deadline may follow `runAt` by a week. */
function isStorable(time: string): boolean {
  const year = new Date(time).getUTCFullYear();
  return year >= 1970 && year <= 9998;
}

/** The body of `POST /v1/role-creations`. */
export const SubmitCreation = z
  .strictObject({
    taskId: TaskId,
    strategyId: StrategyId.default('default' as StrategyId),
    priority: Priority.default('normal'),
    runAt: z.iso
      .datetime({ offset: true, abort: true })
      .refine(isStorable, 'must be a time from 1970 to 9998')
      .optional()
      .describe('Not started before this time'),
    deadlineSeconds: z
      .int()
      .min(1)
      .max(604_800)
      .optional()
      .describe(
        'Counted from acceptance or, if given, `runAt`. One that still waits then is found and expires within RECONCILE_SECONDS, and is not begun in between',
      ),
    sources: InlineSources.optional(),
    webhook: CreationWebhook.optional(),
    metadata: Metadata.optional(),
  })
  .meta({
    id: 'SubmitCreation',
    example: { taskId: 'tea-shop', strategyId: 'default', priority: 'normal', metadata: { orderNo: 'A-17' } },
  });
export type SubmitCreation = z.infer<typeof SubmitCreation>;

/** Some parts of a profile, each named once. */
const Sections = z
  .array(ProfilePartName)
  .min(1)
  .refine(parts => new Set(parts).size === parts.length, 'must not name a part twice');

/** The body of `POST /v1/roles/{roleId}/regenerate`: nothing, or any of these. */
export const RegenerateRole = z
  .strictObject({
    sections: Sections.optional().describe('The parts to write anew; those that are stale where absent'),
    strategyId: StrategyId.optional().describe('That of the version which is rewritten where absent'),
    priority: SubmitCreation.shape.priority,
    deadlineSeconds: SubmitCreation.shape.deadlineSeconds,
    metadata: SubmitCreation.shape.metadata,
    webhook: SubmitCreation.shape.webhook,
  })
  .meta({ id: 'RegenerateRole', example: { sections: ['greeting', 'talkStyle'] } });
export type RegenerateRole = z.infer<typeof RegenerateRole>;

/** What a creation rewrites: these parts of this version, while all others stay as they are. */
export const Regeneration = z
  .object({ baseVersion: z.int().min(1), sections: z.array(ProfilePartName) })
  .meta({ id: 'Regeneration' });
export type Regeneration = z.infer<typeof Regeneration>;

export const Usage = z
  .object({
    calls: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.number(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

/** Something that the role was made without, or with less of, or that stood in for what was asked for. */
export const Degradation = z
  .union([
    z.object({ source: SourceKind, reason: z.enum(['empty', 'failed']) }),
    z.object({
      source: SourceKind,
      reason: z.literal('stale'),
      ageSeconds: z.int().describe('The database did not answer: how long ago the copy in its place was read'),
    }),
    z.object({
      source: SourceKind,
      reason: z.literal('trimmed'),
      leftOut: z.int().describe('How many of its items did not fit the token budget'),
    }),
    z
      .object({ source: SourceKind, reason: z.literal('redacted'), count: z.int().min(1) })
      .describe('So many sentences that tried to instruct a model were left out'),
    z.object({ writer: z.literal('template'), reason: z.string() }),
    z.object({ writer: z.literal('ai'), model: z.string(), reason: z.string() }),
  ])
  .meta({ id: 'Degradation' });
export type Degradation = z.infer<typeof Degradation>;

const timestamp = z.iso.datetime();

/** One attempt at a creation, as far as it came. */
const Attempt = z
  .object({
    number: z.int().min(1).describe('Counts every start, also those that a stopping worker gave back'),
    startedAt: timestamp,
    endedAt: timestamp.nullable(),
    outcome: z
      .enum(['running', 'succeeded', 'retried', 'failed', 'expired', 'cancelled', 'held', 'released', 'lost'])
      .describe(
        '`retried`: it failed and another follows; `released`: its worker had to stop; `lost`: its worker went away without a word',
      ),
    step: CreationStep.nullable().describe('Where it had come to'),
    error: CreationError.nullable(),
    retryAt: timestamp.nullable().describe('When the next attempt may begin'),
  })
  .meta({ id: 'Attempt' });

/** What a cancelled creation leaves behind. */
const Cancellation = z
  .object({
    step: CreationStep.nullable().describe('Where it was stopped; null where nobody had begun'),
    inputTokens: z.int().describe('Used by then, as far as the provider has said'),
    outputTokens: z.int(),
    kept: z
      .array(z.enum(['sources', 'draft']))
      .describe(
        'What is there of it: the sources as they were gathered, the model’s answer. A retry goes on from the answer; without one it reads the sources again',
      ),
  })
  .meta({ id: 'Cancellation' });
export type Cancellation = z.infer<typeof Cancellation>;

export const Creation = z
  .object({
    id: CreationId,
    object: z.literal('role_creation'),
    status: CreationStatus,
    step: CreationStep.nullable(),
    pausing: z.boolean().describe('Whether it will be held when its worker comes to the end of this step'),
    requestId: z.string(),
    taskId: TaskId,
    strategyId: StrategyId,
    roleId: RoleId,
    roleVersion: z.int().nullable(),
    priority: Priority,
    attempts: z
      .int()
      .describe(
        'How often a worker has taken it up since its last retry by its owner; those that ended in a pause, were given back or put off by a provider’s limits do not count',
      ),
    createdAt: timestamp,
    runAt: timestamp.nullable(),
    deadlineAt: timestamp.nullable(),
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    queue: z
      .object({
        position: z.int().nullable().describe('1 is the next to be taken; null where it cannot be told'),
        estimatedStartAt: timestamp
          .nullable()
          .describe('From what the workers have started lately; null where that would be a guess'),
      })
      .nullable()
      .describe('Where it stands while it waits, on GET; null in all other answers, and once it has started'),
    sources: SourceOutcomes,
    degraded: z.array(Degradation),
    usage: Usage,
    error: CreationError.nullable().describe(
      'The latest failure: of the creation once it has failed, of an attempt before',
    ),
    history: z.array(Attempt).describe('The latest attempts, oldest first; in lists always empty'),
    cancellation: Cancellation.nullable(),
    regenerate: Regeneration.nullable().describe(
      'Which parts of which version it rewrites; null where it writes the whole role',
    ),
    metadata: z.record(z.string(), z.string()),
    links: z.object({
      self: z.string(),
      events: z.string(),
      explain: z.string(),
      cancel: z.string(),
      pause: z.string(),
      resume: z.string(),
      retry: z.string(),
      role: z.string(),
      // Events that were written by an earlier release are read for a day after it, and have none.
      deliveries: z.string().optional().describe('What was sent of its end, and how that went'),
    }),
  })
  .meta({ id: 'Creation' });
export type Creation = z.infer<typeof Creation>;

export const CreationPage = pageOf(Creation, 'CreationPage');

/** The query of `GET /v1/role-creations`. */
export const CreationListQuery = PageQuery.extend({
  status: CreationStatus.optional(),
  taskId: TaskId.optional(),
  createdAfter: z.iso.datetime({ offset: true }).optional(),
  createdBefore: z.iso.datetime({ offset: true }).optional(),
});
export type CreationListQuery = z.infer<typeof CreationListQuery>;
