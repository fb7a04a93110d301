import { z } from 'zod';
import { Creation, CreationStep } from './creations.ts';
import { CreationId } from './ids.ts';
import { Cursor, pageOf } from './pages.ts';

/** After one of these nothing more happens to a creation by itself; it can be begun again. */
export const TERMINAL_EVENTS = [
  'role_creation.succeeded',
  'role_creation.failed',
  'role_creation.cancelled',
  'role_creation.expired',
] as const;

/** What is known of a creation between two states. `percent` is a coarse measure of how far it has come. */
export const ProgressData = z.object({
  step: CreationStep,
  percent: z.int().min(0).max(100),
  detail: z.string(),
});

const envelope = { id: z.int().min(1), creationId: CreationId, at: z.iso.datetime() };
const stateData = z.object({ status: z.string() }).catchall(z.unknown());

/**
 * One entry of a creation's event log. Numbers rise, by one unless the log was lost in between; they are the SSE ids and
 * what `?after=` counts.
 */
export const CreationEvent = z
  .discriminatedUnion('type', [
    z.object({ ...envelope, type: z.literal('role_creation.queued'), data: stateData }),
    z.object({ ...envelope, type: z.literal('role_creation.held'), data: stateData }),
    z.object({ ...envelope, type: z.literal('role_creation.running'), data: stateData }),
    z.object({ ...envelope, type: z.literal('role_creation.progress'), data: ProgressData }),
    z.object({
      ...envelope,
      type: z.literal('role_creation.section'),
      data: z.object({ part: z.string(), value: z.unknown() }),
    }),
    z.object({ ...envelope, type: z.enum(TERMINAL_EVENTS), data: Creation }),
  ])
  .meta({ id: 'CreationEvent' });
export type CreationEvent = z.infer<typeof CreationEvent>;

export const CreationEventPage = pageOf(CreationEvent, 'CreationEventPage');
export const EventListQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional().describe('Only events numbered above this; asks for JSON'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Of a page of JSON'),
  cursor: Cursor.optional(),
});
export type EventListQuery = z.output<typeof EventListQuery>;
