import { z } from 'zod';

/** 26 characters of Crockford base 32 in lower case: 128 bits, as in a ULID. */
const ID_BODY = '[0-9a-hjkmnp-tv-z]{26}';

/** One request to create a role. Begins with its creation time, so that ids sort as they were made. */
export const CreationId = z
  .string()
  .regex(new RegExp(`^rc_${ID_BODY}$`), 'not a role creation id')
  .brand<'CreationId'>()
  .meta({ id: 'CreationId', example: 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type CreationId = z.infer<typeof CreationId>;

/** A role; the same for one task of one tenant for ever. */
export const RoleId = z
  .string()
  .regex(new RegExp(`^role_${ID_BODY}$`), 'not a role id')
  .brand<'RoleId'>()
  .meta({ id: 'RoleId', example: 'role_7k2m4p6r8t0v1x3z5b7d9f1h3j' });
export type RoleId = z.infer<typeof RoleId>;

export const TenantId = z
  .string()
  .regex(new RegExp(`^tenant_${ID_BODY}$`), 'not a tenant id')
  .brand<'TenantId'>();
export type TenantId = z.infer<typeof TenantId>;

/** One bulk call. */
export const BulkId = z
  .string()
  .regex(new RegExp(`^bulk_${ID_BODY}$`), 'not a bulk operation id')
  .brand<'BulkId'>()
  .meta({ id: 'BulkId', example: 'bulk_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type BulkId = z.infer<typeof BulkId>;

/** An API key, as it is named in lists; not the key itself. */
export const ApiKeyId = z
  .string()
  .regex(new RegExp(`^key_${ID_BODY}$`), 'not an API key id')
  .brand<'ApiKeyId'>()
  .meta({ id: 'ApiKeyId', example: 'key_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type ApiKeyId = z.infer<typeof ApiKeyId>;

/** An address that a tenant is notified at. */
export const WebhookEndpointId = z
  .string()
  .regex(new RegExp(`^whe_${ID_BODY}$`), 'not a webhook endpoint id')
  .brand<'WebhookEndpointId'>()
  .meta({ id: 'WebhookEndpointId', example: 'whe_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type WebhookEndpointId = z.infer<typeof WebhookEndpointId>;

/** One message to one address: the `webhook-id` of all its attempts. */
export const DeliveryId = z
  .string()
  .regex(new RegExp(`^msg_${ID_BODY}$`), 'not a webhook delivery id')
  .brand<'DeliveryId'>()
  .meta({ id: 'DeliveryId', example: 'msg_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type DeliveryId = z.infer<typeof DeliveryId>;

/** One entry of the audit log. */
export const AuditEntryId = z
  .string()
  .regex(new RegExp(`^audit_${ID_BODY}$`), 'not an audit entry id')
  .brand<'AuditEntryId'>()
  .meta({ id: 'AuditEntryId', example: 'audit_01jd8z0m3x5v7w9y1b3d5f7h9k' });
export type AuditEntryId = z.infer<typeof AuditEntryId>;

/** Names that a tenant chooses: 1–64 of `A-Z a-z 0-9 . _ -`. */
const OWN_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** The tenant's own name for the source data of one role. */
export const TaskId = z
  .string()
  .regex(OWN_NAME, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
  .brand<'TaskId'>()
  .meta({ id: 'TaskId', example: 'tea-shop' });
export type TaskId = z.infer<typeof TaskId>;

export const StrategyId = z
  .string()
  .regex(OWN_NAME, 'must be 1 to 64 of A-Z a-z 0-9 . _ -')
  .brand<'StrategyId'>()
  .meta({ id: 'StrategyId', example: 'default' });
export type StrategyId = z.infer<typeof StrategyId>;
