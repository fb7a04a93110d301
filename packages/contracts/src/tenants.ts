import { z } from 'zod';
import { TenantId } from './ids.ts';

/** A tenant, as it sees itself. */
export const Tenant = z
  .object({
    id: TenantId,
    object: z.literal('tenant'),
    name: z.string(),
    paused: z.boolean().describe('While it is, nothing of the tenant’s is begun'),
    pausedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof Tenant>;
