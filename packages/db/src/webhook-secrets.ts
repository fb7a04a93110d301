import type { TenantId } from '@roleforge/contracts';
import { newWebhookSecret } from '@roleforge/domain';
import type { Knex } from 'knex';

/** What signs the webhooks of a tenant's creations that name an address themselves. */
export type TenantWebhookSecret = {
  secret: string;
  /** Until when the one before signs along; null where there is none. */
  oldSecretUntil: Date | null;
};

type Row = { webhook_secret: string | null; old_webhook_secret_until: Date | null };

/** The tenant's signing secret; one is made where it has none yet. */
export async function ensureWebhookSecret(on: Knex, tenantId: TenantId): Promise<TenantWebhookSecret> {
  const tenant = on('tenants').where('id', tenantId);
  const read = (): Promise<Row | undefined> => tenant.clone().first('webhook_secret', 'old_webhook_secret_until');
  let row = await read();
  if (row?.webhook_secret === null) {
    // Two may find none at once: what the first has made stays.
    await tenant.clone().whereNull('webhook_secret').update({ webhook_secret: newWebhookSecret() });
    row = await read();
  }
  if (row === undefined || row.webhook_secret === null) throw new Error('There is no such tenant.');
  return { secret: row.webhook_secret, oldSecretUntil: row.old_webhook_secret_until };
}

/** Puts a new secret in the old one's place, which signs along for `overlapMs` milliseconds from `now`. */
export async function rotateWebhookSecret(
  on: Knex,
  tenantId: TenantId,
  now: Date,
  overlapMs: number,
): Promise<TenantWebhookSecret> {
  const { secret: old } = await ensureWebhookSecret(on, tenantId);
  const secret = newWebhookSecret();
  const oldSecretUntil = overlapMs > 0 ? new Date(now.getTime() + overlapMs) : null;
  await on('tenants')
    .where('id', tenantId)
    .update({
      webhook_secret: secret,
      old_webhook_secret: oldSecretUntil === null ? null : old,
      old_webhook_secret_until: oldSecretUntil,
    });
  return { secret, oldSecretUntil };
}
