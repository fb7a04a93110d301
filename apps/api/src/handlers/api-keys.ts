import {
  type ApiKeyId,
  type IssueApiKey,
  type IssuedApiKey,
  type KeyLimits,
  type RotateApiKey,
  SCOPES,
  type Scope,
} from '@roleforge/contracts';
import { presentApiKey } from '@roleforge/db';
import { limitsBeyond } from '@roleforge/domain';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import type { IssuedKey, KeyKeeping } from '../key-keeping.ts';

export type KeyNeeds = { keyKeeping: KeyKeeping; clock: () => Date };

type ById = { keyId: ApiKeyId };

/** What a tenant does with its own keys. */
export function keyHandlers({ keyKeeping, clock }: KeyNeeds) {
  function issued({ key, record }: IssuedKey): Reply {
    const body: IssuedApiKey = { ...presentApiKey(record, clock()), apiKey: key };
    // The key is in this answer alone, and is not to stay in anybody's cache.
    return { status: 201, body, headers: { Location: `/v1/api-keys/${record.id}`, 'Cache-Control': 'no-store' } };
  }

  return {
    async list(_: Input<unknown, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const now = clock();
      const items = (await keyKeeping.list(tenantId)).map(record => presentApiKey(record, now));
      return { status: 200, body: { items, nextCursor: null } };
    },

    async issue({ body }: Input<unknown, unknown, IssueApiKey>, caller: Caller): Promise<Reply> {
      const { name, scopes, expiresAt, limits } = body;
      const end = expiresAt === undefined ? undefined : new Date(expiresAt);
      requireOwn({ scopes: scopes ?? SCOPES, limits: limits ?? {} }, caller, endsBeyond(end, caller));
      const made = await keyKeeping.issue(caller, {
        ...{ tenantId: caller.tenantId, name, scopes, limits },
        expiresAt: end,
      });
      if (made === null) throw notFound('tenant');
      return issued(made);
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const record = await keyKeeping.find(tenantId, params.keyId);
      if (record === null) throw notFound('API key');
      return { status: 200, body: presentApiKey(record, clock()) };
    },

    async rotate({ params, body }: Input<ById, unknown, RotateApiKey>, caller: Caller): Promise<Reply> {
      const old = await keyKeeping.find(caller.tenantId, params.keyId);
      if (old === null) throw notFound('API key');
      // The scopes and limits of a key never change: what is seen here is what the new key has.
      requireOwn(old, caller);
      const made = await keyKeeping.rotate(caller, caller.tenantId, params.keyId, body.overlapSeconds * 1_000);
      if (made === null) throw notFound('API key');
      return issued(made);
    },

    async revoke({ params }: Input<ById, unknown, unknown>, caller: Caller): Promise<Reply> {
      const record = await keyKeeping.revoke(caller, caller.tenantId, params.keyId);
      if (record === null) throw notFound('API key');
      return { status: 200, body: presentApiKey(record, clock()) };
    },
  };
}

/**
 * Whether a key that is to end then, or never, would outlast the key that makes it. One who comes with a token has logged in elsewhere,
 * and comes for a key because the token is a short one.
 */
function endsBeyond(end: Date | undefined, { actor, expiresAt }: Caller): boolean {
  return actor.kind === 'api_key' && expiresAt !== undefined && (end === undefined || end > expiresAt);
}

/** Nobody gets by a new key what they may not do by their own. */
function requireOwn(
  wanted: { scopes: readonly Scope[]; limits: KeyLimits },
  { scopes, keyLimits }: Caller,
  outlasts = false,
): void {
  const lacking = wanted.scopes.filter(scope => !scopes.includes(scope));
  const errors = [
    ...(lacking.length === 0 ? [] : [{ pointer: '/scopes', message: `more than your own: ${lacking.join(', ')}` }]),
    ...limitsBeyond(wanted.limits, keyLimits).map(name => ({
      pointer: `/limits/${name}`,
      message: 'must be given, and be no more than your own',
    })),
    ...(outlasts ? [{ pointer: '/expiresAt', message: 'must be given, and be no later than your own' }] : []),
  ];
  if (errors.length === 0) return;
  throw new RequestProblem('forbidden', 'A key cannot make one that may do more than it may do itself.', { errors });
}
