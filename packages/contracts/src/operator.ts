import { z } from 'zod';
import { ApiKey } from './api-keys.ts';
import { ApiKeyId, TenantId } from './ids.ts';
import { Cursor, pageOf } from './pages.ts';
import { BURST_ALONE, isBurstAlone, Tenant, TenantLimits, TenantStatus, TenantWeight } from './tenants.ts';

const name = z.string().min(1).max(200);

/** The body of `POST /admin/v1/tenants`. */
export const CreateTenant = z
  .strictObject({ name, weight: TenantWeight.default(1), limits: TenantLimits.default({}) })
  .refine(body => !isBurstAlone(body), BURST_ALONE)
  .meta({ id: 'CreateTenant', example: { name: 'Hillside Tea', weight: 2, limits: { running: 20 } } });
export type CreateTenant = z.infer<typeof CreateTenant>;

/** The body of `PATCH /admin/v1/tenants/{id}`. A limit that is null is lifted; one that is absent stays. */
export const ChangeTenant = z
  .strictObject({
    name: name.optional(),
    weight: TenantWeight.optional(),
    limits: z
      .strictObject(
        Object.fromEntries(Object.entries(TenantLimits.shape).map(([limit, schema]) => [limit, schema.nullable()])) as {
          [K in keyof typeof TenantLimits.shape]: z.ZodNullable<(typeof TenantLimits.shape)[K]>;
        },
      )
      .optional(),
  })
  .meta({ id: 'ChangeTenant' });
export type ChangeTenant = z.infer<typeof ChangeTenant>;

/** A tenant, as the operator sees it. */
export const AdministeredTenant = Tenant.omit({ usage: true })
  .extend({ status: TenantStatus })
  .meta({ id: 'AdministeredTenant' });
export type AdministeredTenant = z.infer<typeof AdministeredTenant>;

/** The answer to making a tenant. */
export const CreatedTenant = AdministeredTenant.extend({
  apiKey: z.string().describe('Its first API key, with all scopes: shown this once'),
}).meta({ id: 'CreatedTenant' });
export type CreatedTenant = z.infer<typeof CreatedTenant>;

export const TenantPage = pageOf(AdministeredTenant, 'TenantPage');
/** All keys of a tenant, those that have ended too, in the order in which they were made: a page that is the last one. */
export const TenantKeyPage = pageOf(ApiKey, 'TenantKeyPage');
export const TenantListQuery = z.strictObject({
  status: TenantStatus.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: Cursor.optional(),
});
export type TenantListQuery = z.output<typeof TenantListQuery>;
export const TenantParams = z.object({ tenantId: TenantId });
export const TenantKeyParams = TenantParams.extend({ keyId: ApiKeyId });

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export const LogLevel = z.enum(LOG_LEVELS);
export type LogLevel = z.infer<typeof LogLevel>;

/** The services whose processes log. */
export const SERVICE_NAMES = ['api', 'worker'] as const;
export const ServiceName = z.enum(SERVICE_NAMES);
export type ServiceName = z.infer<typeof ServiceName>;

/** What the processes of a service log for a while. */
export const LogLevelOrder = z
  .object({ level: LogLevel, until: z.iso.datetime().describe('Then they log again as they are configured') })
  .meta({ id: 'LogLevelOrder' });
export type LogLevelOrder = z.infer<typeof LogLevelOrder>;

/** The body of `PUT /admin/v1/system/log-level`. */
export const ChangeLogLevel = z
  .strictObject({
    level: LogLevel.nullable().describe('Null: as the processes are configured, from now on'),
    service: ServiceName.optional().describe('Without it, all of them'),
    untilSeconds: z.number().int().min(1).max(86_400).default(3_600).describe('For how long'),
  })
  .meta({ id: 'ChangeLogLevel', example: { level: 'debug', service: 'worker', untilSeconds: 600 } });
export type ChangeLogLevel = z.output<typeof ChangeLogLevel>;

/** What holds for all tenants. */
export const SystemState = z
  .object({
    object: z.literal('system'),
    paused: z.boolean().describe('While it is, nothing is begun; submissions are accepted'),
    pausedAt: z.iso.datetime().nullable(),
    logLevels: z
      .object({ api: LogLevelOrder.nullable(), worker: LogLevelOrder.nullable() })
      .nullable()
      .describe(
        'What each service was told to log for a while, null where it logs as configured; null while Redis does not answer',
      ),
  })
  .meta({ id: 'SystemState' });
export type SystemState = z.infer<typeof SystemState>;
