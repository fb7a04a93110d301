import { type ApiKeyId, type IssueApiKey, type IssuedApiKey, RotateApiKey, type TenantId } from '@roleforge/contracts';
import { type Database, findTenant, presentApiKey } from '@roleforge/db';
import { notFound } from '../http/problem.ts';
import type { Input, Operator, Reply } from '../http/route.ts';
import type { IssuedKey, KeyKeeping } from '../key-keeping.ts';

export type OperatorKeyNeeds = { database: Database; keyKeeping: KeyKeeping; clock: () => Date };

type ByTenant = { tenantId: TenantId };
type ByKey = ByTenant & { keyId: ApiKeyId };

/** What the operator does with the keys of a tenant. */
export function operatorKeyHandlers({ database, keyKeeping, clock }: OperatorKeyNeeds) {
  function issued({ key, record }: IssuedKey): Reply {
    const body: IssuedApiKey = { ...presentApiKey(record, clock()), apiKey: key };
    // The key is in this answer alone, and is not to stay in anybody's cache.
    return { status: 201, body, headers: { 'Cache-Control': 'no-store' } };
  }

  return {
    async list({ params }: Input<ByTenant, unknown, unknown>): Promise<Reply> {
      if ((await findTenant(database, params.tenantId)) === null) throw notFound('tenant');
      const now = clock();
      const items = (await keyKeeping.list(params.tenantId)).map(record => presentApiKey(record, now));
      return { status: 200, body: { items, nextCursor: null } };
    },

    async issue({ params, body }: Input<ByTenant, unknown, IssueApiKey>, operator: Operator): Promise<Reply> {
      const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
      const key = await keyKeeping.issue(operator, { ...body, tenantId: params.tenantId, expiresAt });
      if (key === null) throw notFound('tenant');
      return issued(key);
    },

    async rotate(
      { params, body }: Input<ByKey, unknown, RotateApiKey | undefined>,
      operator: Operator,
    ): Promise<Reply> {
      const { overlapSeconds } = body ?? RotateApiKey.parse({});
      const key = await keyKeeping.rotate(operator, params.tenantId, params.keyId, overlapSeconds * 1_000);
      if (key === null) throw notFound('API key');
      return issued(key);
    },

    async revoke({ params }: Input<ByKey, unknown, unknown>, operator: Operator): Promise<Reply> {
      const record = await keyKeeping.revoke(operator, params.tenantId, params.keyId);
      if (record === null) throw notFound('API key');
      return { status: 200, body: presentApiKey(record, clock()) };
    },
  };
}
