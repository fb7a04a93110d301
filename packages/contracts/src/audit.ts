import { z } from 'zod';
import { AuditEntryId, TenantId } from './ids.ts';
import { Cursor, pageOf } from './pages.ts';

/** Every action that leaves an entry in the audit log. */
export const AUDIT_ACTIONS = [
  'tenant.created',
  'tenant.changed',
  'tenant.suspended',
  'tenant.resumed',
  'tenant.paused',
  'tenant.unpaused',
  'key.issued',
  'key.rotated',
  'key.revoked',
  'webhook_secret.rotated',
  'webhook_endpoint.created',
  'webhook_endpoint.changed',
  'webhook_endpoint.deleted',
  'system.paused',
  'system.resumed',
  'system.log_level_changed',
  'creation.cancelled',
  'creation.paused',
  'creation.resumed',
  'creation.retried',
  'creation.reprioritized',
  'delivery.redelivered',
  'operator.logged_in',
  'operator.logged_out',
  'operator.refused',
] as const;
export const AuditAction = z.enum(AUDIT_ACTIONS);
export type AuditAction = z.infer<typeof AuditAction>;

/** Who did it: the operator, by the admin key; a tenant, by one of its keys; or a tenant's person or machine, by a token. */
export const Actor = z.object({
  kind: z.enum(['operator', 'api_key', 'token']),
  id: z
    .string()
    .describe(
      '`admin_key` or, for those who may only look, `viewer_key`; `unknown` where a login as the operator was refused; the key’s id; or the token’s subject',
    ),
});
export type Actor = z.infer<typeof Actor>;

export const AuditEntry = z
  .object({
    id: AuditEntryId,
    object: z.literal('audit_entry'),
    at: z.iso.datetime(),
    actor: Actor,
    tenantId: TenantId.nullable(),
    action: AuditAction,
    target: z.string().nullable().describe('The id of what it was done to'),
    remoteAddress: z.string().nullable().describe('Null where it is not known; a tenant is not told the operator’s'),
    requestId: z.string(),
    detail: z.record(z.string(), z.unknown()).describe('What was changed; never a secret'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = pageOf(AuditEntry, 'AuditPage');
export type AuditPage = z.infer<typeof AuditPage>;
const time = z.iso.datetime({ offset: true });
export const AuditQuery = z.strictObject({
  tenantId: TenantId.optional(),
  action: AuditAction.optional(),
  createdAfter: time.optional(),
  createdBefore: time.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor.optional(),
});
export type AuditQuery = z.output<typeof AuditQuery>;

/** As `AuditQuery`, of the tenant that asks. */
export const OwnAuditQuery = AuditQuery.omit({ tenantId: true });
export type OwnAuditQuery = z.output<typeof OwnAuditQuery>;
