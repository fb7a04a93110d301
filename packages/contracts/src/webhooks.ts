import { z } from 'zod';
import { CreationStatus, WebhookEvent } from './creations.ts';
import { CreationId, DeliveryId, RoleId, TaskId, WebhookEndpointId } from './ids.ts';
import { Cursor, pageOf } from './pages.ts';

/** What is sent to try an endpoint. */
export const TEST_EVENT = 'webhook.test';
export const DeliveryType = z.enum([...WebhookEvent.options, TEST_EVENT]);
export type DeliveryType = z.infer<typeof DeliveryType>;

/** The body of a webhook for the end of a creation (Standard Webhooks 1.0): ids and states alone, to be looked up by them. */
export const WebhookBody = z
  .object({
    type: WebhookEvent,
    timestamp: z.iso.datetime().describe('When it happened, not when it is sent'),
    data: z.object({
      id: CreationId,
      roleId: RoleId,
      roleVersion: z.int().nullable(),
      status: CreationStatus,
      taskId: TaskId,
      metadata: z
        .record(z.string(), z.string())
        .describe('As on the creation; empty where it would make the body larger than 20 kB'),
    }),
  })
  .meta({ id: 'WebhookBody' });
export type WebhookBody = z.infer<typeof WebhookBody>;

/** The body of what is sent to try an endpoint. */
export const TestWebhookBody = z
  .object({
    type: z.literal(TEST_EVENT),
    timestamp: z.iso.datetime().describe('When it was asked for'),
    data: z.object({ endpointId: WebhookEndpointId }),
  })
  .meta({ id: 'TestWebhookBody' });
export type TestWebhookBody = z.infer<typeof TestWebhookBody>;

const url = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .describe('https, unless the service is set up for development');
const events = z
  .array(WebhookEvent)
  .min(1)
  .refine(types => new Set(types).size === types.length, 'must not name an event twice')
  .describe('What it is told of; everything where absent');
const description = z.string().max(300);

/** The body of `POST /v1/webhook-endpoints`. */
export const CreateWebhookEndpoint = z
  .strictObject({ url, events: events.optional(), description: description.optional() })
  .meta({
    id: 'CreateWebhookEndpoint',
    example: { url: 'https://example.com/hooks', events: ['role_creation.succeeded'] },
  });
export type CreateWebhookEndpoint = z.infer<typeof CreateWebhookEndpoint>;

/** The body of `PATCH /v1/webhook-endpoints/{id}`. */
export const ChangeWebhookEndpoint = z
  .strictObject({
    url: url.optional(),
    events: events.nullable().optional(),
    description: description.nullable().optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'ChangeWebhookEndpoint' });
export type ChangeWebhookEndpoint = z.infer<typeof ChangeWebhookEndpoint>;

export const WebhookEndpoint = z
  .object({
    id: WebhookEndpointId,
    object: z.literal('webhook_endpoint'),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(WebhookEvent).nullable().describe('Null: everything'),
    status: z.enum(['enabled', 'disabled']),
    disabledAt: z.iso.datetime().nullable(),
    disabledReason: z.string().nullable().describe('Why it was disabled, where its owner did not do it'),
    failingSince: z.iso.datetime().nullable().describe('Since when every delivery has failed'),
    lastFailure: z.string().nullable(),
    oldSecretUntil: z.iso
      .datetime()
      .nullable()
      .describe('Until when the secret before the present one signs along; null where none does'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;

/** Most endpoints that a tenant has: each is sent every event that it does not filter out. */
export const MOST_WEBHOOK_ENDPOINTS = 20;

/** The body of the calls that put a new signing secret in an old one's place. */
export const RotateSecret = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(2_592_000).default(86_400).describe('How long the old secret signs along'),
  })
  .meta({ id: 'RotateSecret' });
export type RotateSecret = z.infer<typeof RotateSecret>;

const secret = z.string().describe('`whsec_…`: what signatures are checked with');

/** An endpoint with its signing secret: when it is made, and when the secret is rotated. */
export const WebhookEndpointWithSecret = WebhookEndpoint.extend({ secret }).meta({ id: 'WebhookEndpointWithSecret' });
export type WebhookEndpointWithSecret = z.infer<typeof WebhookEndpointWithSecret>;

/** What signs the webhooks of creations that name an address themselves. */
export const WebhookSecret = z
  .object({ object: z.literal('webhook_secret'), secret, oldSecretUntil: z.iso.datetime().nullable() })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecret = z.infer<typeof WebhookSecret>;

export const DeliveryStatus = z.enum(['pending', 'delivered', 'failed']);
export type DeliveryStatus = z.infer<typeof DeliveryStatus>;

/** How an attempt at a delivery ended. */
export const AttemptOutcomeOfDelivery = z.enum([
  'delivered',
  'refused',
  'redirected',
  'timed_out',
  'unreachable',
  'tls_failed',
  'answer_too_large',
  'address_not_allowed',
  'gone',
]);
export type DeliveryOutcomeCode = z.infer<typeof AttemptOutcomeOfDelivery>;

export const DeliveryAttempt = z.object({
  number: z.int().min(1),
  at: z.iso.datetime(),
  ms: z.int(),
  outcome: AttemptOutcomeOfDelivery,
  statusCode: z.int().nullable().describe('The HTTP status, where there was an answer'),
  detail: z.string().nullable(),
});
export type DeliveryAttempt = z.infer<typeof DeliveryAttempt>;

export const WebhookDelivery = z
  .object({
    id: DeliveryId.describe('The `webhook-id` header, the same at every attempt'),
    object: z.literal('webhook_delivery'),
    endpointId: WebhookEndpointId.nullable().describe('Null where the creation named the address itself'),
    creationId: CreationId.nullable(),
    url: z.string(),
    type: DeliveryType,
    status: DeliveryStatus,
    attempts: z.array(DeliveryAttempt),
    nextAttemptAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const WebhookEndpointPage = pageOf(WebhookEndpoint, 'WebhookEndpointPage');
export const WebhookDeliveryPage = pageOf(WebhookDelivery, 'WebhookDeliveryPage');
export const DeliveryListQuery = z.strictObject({
  status: DeliveryStatus.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.optional(),
});
export type DeliveryListQuery = z.output<typeof DeliveryListQuery>;

/** The body of `POST /v1/webhook-endpoints/{id}/redeliver`. */
export const RedeliverSince = z
  .strictObject({
    since: z.iso.datetime({ offset: true }).describe('Deliveries made at this time or later, the oldest first'),
    status: DeliveryStatus.default('failed').describe(
      '`failed`: those that were given up. `pending`: those that wait for their next attempt, which is made at once. `delivered`: those that came through',
    ),
    cursor: Cursor.optional(),
  })
  .meta({ id: 'RedeliverSince', example: { since: '2026-11-24T08:00:00Z', status: 'failed' } });
export type RedeliverSince = z.infer<typeof RedeliverSince>;
export const Redelivered = z
  .object({
    matched: z.int().describe('How many are sent again'),
    nextCursor: z
      .string()
      .nullable()
      .describe('Where there are more than one call takes: for the same call again, with this as its `cursor`'),
  })
  .meta({ id: 'Redelivered' });
export type Redelivered = z.infer<typeof Redelivered>;
