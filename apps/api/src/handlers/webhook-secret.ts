import { RotateSecret, type WebhookSecret } from '@roleforge/contracts';
import { type Database, readTenantSecret, rotateTenantSecret, type TenantWebhookSecret } from '@roleforge/db';
import type { Caller, Input, Reply } from '../http/route.ts';
import { SECRET_HEADERS } from './webhook-endpoints.ts';

export type WebhookSecretNeeds = { database: Database; clock: () => Date };

/** The secret that signs the webhooks of creations which name an address themselves. */
export function webhookSecretHandlers({ database, clock }: WebhookSecretNeeds) {
  return {
    async read(_: Input<unknown, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      return answer(await readTenantSecret(database, tenantId), clock());
    },

    async rotate({ body }: Input<unknown, unknown, RotateSecret | undefined>, caller: Caller): Promise<Reply> {
      const deed = { doer: caller, now: clock() };
      const overlapMs = (body ?? RotateSecret.parse({})).overlapSeconds * 1_000;
      return answer(await rotateTenantSecret(database, caller.tenantId, overlapMs, deed), deed.now);
    },
  };
}

function answer({ secret, oldSecretUntil: until }: TenantWebhookSecret, now: Date): Reply {
  const oldSecretUntil = until !== null && until > now ? until.toISOString() : null;
  const body: WebhookSecret = { object: 'webhook_secret', secret, oldSecretUntil };
  return { status: 200, body, headers: SECRET_HEADERS };
}
