import { z } from 'zod';
import { TenantId } from './ids.ts';

/** How fast requests may come: on average, and how many at once. */
const requestRate = {
  requestsPerSecond: z.number().positive().max(100_000).describe('On average, over all api processes').optional(),
  burst: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('At once; `requestsPerSecond`, rounded up, where absent. Not without that')
    .optional(),
};

/** Whether a burst stands without `requestsPerSecond`, and so limits nothing. Limits of earlier releases may; none are set so now. */
export function isBurstAlone({
  limits = {},
}: {
  limits?: Partial<Record<keyof typeof requestRate, unknown>>;
}): boolean {
  return limits.burst !== undefined && limits.requestsPerSecond === undefined;
}
export const BURST_ALONE = { path: ['limits', 'burst'], message: 'limits nothing without requestsPerSecond' };

/** The limits of one API key, within those of its tenant. */
export const KeyLimits = z.strictObject(requestRate).meta({ id: 'KeyLimits' });
export type KeyLimits = z.infer<typeof KeyLimits>;

/** What a tenant may use; what is absent is not limited. */
export const TenantLimits = z
  .strictObject({
    ...requestRate,
    creationsPerDay: z.int().min(0).max(1_000_000_000).describe('Accepted in a day (UTC)').optional(),
    waiting: z.int().min(0).max(1_000_000_000).describe('Role creations that wait at a time').optional(),
    running: z.int().min(1).max(100_000).describe('Role creations that run at a time').optional(),
    monthlyCostUsd: z
      .number()
      .min(0)
      .max(1e9)
      .describe('What calls of models may cost in a calendar month (UTC)')
      .optional(),
  })
  .meta({ id: 'TenantLimits', example: { requestsPerSecond: 50, burst: 100, running: 20, monthlyCostUsd: 500 } });
export type TenantLimits = z.infer<typeof TenantLimits>;

/** A tenant's share of the workers: one with twice the weight has twice as many creations begun while both have some waiting. */
export const TenantWeight = z.number().min(0.01).max(1_000);

export const TenantStatus = z.enum(['active', 'suspended']);
export type TenantStatus = z.infer<typeof TenantStatus>;

/** What a tenant uses of what its limits allow it. */
export const TenantUsage = z
  .object({
    waiting: z.int().describe('Role creations that wait: queued, scheduled or held'),
    running: z.int().describe('Role creations that a worker has in hand'),
    creationsToday: z.int().describe('Accepted in the present day (UTC), also what has been deleted since'),
    monthCostUsd: z.number().describe('What calls of models have cost in the present calendar month (UTC)'),
  })
  .meta({ id: 'TenantUsage' });
export type TenantUsage = z.infer<typeof TenantUsage>;

/** A tenant, as it sees itself. */
export const Tenant = z
  .object({
    id: TenantId,
    object: z.literal('tenant'),
    name: z.string(),
    weight: TenantWeight,
    limits: TenantLimits,
    usage: TenantUsage,
    paused: z.boolean().describe('While it is, nothing of the tenant’s is begun'),
    pausedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof Tenant>;
