import { z } from 'zod';
import { BulkId, DeliveryId, TenantId } from './ids.ts';

/**
 * The job catalog: every job that passes through Redis, with the queue it waits in and the shape of its payload.
 * Both ends parse with it. A payload that a newer release writes differently gets a new version number,
 * and the old one stays readable until no such job can be waiting any more.
 */
export const JOBS = {
  /** Makes one role. The job's id is the creation's id; what it is to do stands in the ledger. */
  createRole: {
    queue: 'role-creation',
    name: 'create-role',
    data: z.strictObject({
      version: z.literal(1),
      tenantId: TenantId,
      requestId: z.string(),
      traceparent: z.string().nullable(),
    }),
  },
  /** Carries out one bulk call, whose record stands in the ledger. The job's id is the call's id. */
  runBulk: {
    queue: 'bulk-operation',
    name: 'run-bulk',
    data: z.strictObject({ version: z.literal(1), tenantId: TenantId, bulkId: BulkId }),
  },
  /** Makes one attempt at a webhook delivery, whose record stands in the ledger. The job's id is the delivery's id. */
  deliverWebhook: {
    queue: 'webhook-delivery',
    name: 'deliver-webhook',
    data: z.discriminatedUnion('version', [
      /** `receiver`: by which deliveries share their queue. */
      z.strictObject({
        version: z.literal(2),
        tenantId: TenantId,
        deliveryId: DeliveryId,
        receiver: z.string().min(1),
      }),
      z.strictObject({ version: z.literal(1), tenantId: TenantId, deliveryId: DeliveryId }),
    ]),
  },
  /** Puts accepted creations that the queue does not hold back on it. Runs on one worker at a time. */
  reconcile: {
    queue: 'maintenance',
    name: 'reconcile',
    data: z.strictObject({ version: z.literal(1) }),
  },
  /** Deletes what has been kept for long enough, a slice at a time. Runs on one worker at a time. */
  prune: {
    queue: 'maintenance',
    name: 'prune',
    data: z.strictObject({ version: z.literal(1) }),
  },
  /** Tells the queue each tenant's weight and how many of its creations may run. Runs on one worker at a time. */
  shareOut: {
    queue: 'maintenance',
    name: 'share-out',
    data: z.strictObject({ version: z.literal(1) }),
  },
} as const;

export type CreateRoleData = z.infer<(typeof JOBS)['createRole']['data']>;
export type DeliverWebhookData = z.infer<(typeof JOBS)['deliverWebhook']['data']>;
