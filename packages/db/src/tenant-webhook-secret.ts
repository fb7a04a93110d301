import type { TenantId } from '@roleforge/contracts';
import { noteDeed } from './audit-log.ts';
import { answered, type Database } from './database.ts';
import type { EndpointDeed } from './webhook-endpoint-store.ts';
import { ensureWebhookSecret, rotateWebhookSecret, type TenantWebhookSecret } from './webhook-secrets.ts';

/** What signs the webhooks of creations that name an address themselves. @throws StoreUnavailable */
export async function readTenantSecret(database: Database, tenantId: TenantId): Promise<TenantWebhookSecret> {
  return answered(database, () => ensureWebhookSecret(database.knex, tenantId));
}

/** Puts a new secret in its place; the old one signs along for `overlapMs` milliseconds. @throws StoreUnavailable */
export async function rotateTenantSecret(
  database: Database,
  tenantId: TenantId,
  overlapMs: number,
  { doer, now }: EndpointDeed,
): Promise<TenantWebhookSecret> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const secret = await rotateWebhookSecret(trx, tenantId, now, overlapMs);
      const detail = { oldSecretUntil: secret.oldSecretUntil?.toISOString() ?? null };
      await noteDeed(trx, doer, { action: 'webhook_secret.rotated', tenantId, target: tenantId, detail }, now);
      return secret;
    }),
  );
}
