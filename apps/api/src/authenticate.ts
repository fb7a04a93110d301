import { hash } from 'node:crypto';
import type { TenantId } from '@roleforge/contracts';
import { type Database, findTenantByKey } from '@roleforge/db';
import { LRUCache } from 'lru-cache';
import { RequestProblem } from './http/problem.ts';

/** How long a key is believed without asking the ledger, in milliseconds: so long may a revoked one still work. */
const BELIEVED_MS = 1_500;
const MOST_KEYS = 10_000;

export type Authenticate = (authorization: string | undefined) => Promise<TenantId>;

/**
 * Finds the tenant of an `Authorization: Bearer <api key>` header. Whatever is wrong with it, from its absence to a revoked
 * key, takes the same way through the ledger and gets the same answer.
 */
export function createAuthenticate(database: Database, clock: () => Date): Authenticate {
  const tenants = new LRUCache<string, TenantId>({ max: MOST_KEYS, ttl: BELIEVED_MS });
  return async authorization => {
    const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const keyHash = hash('sha256', key, 'base64url');
    const known = tenants.get(keyHash);
    if (known !== undefined) return known;
    const tenantId = await findTenantByKey(database, Buffer.from(keyHash, 'base64url'), clock());
    if (tenantId === null)
      throw new RequestProblem('unauthenticated', 'Send a valid API key as Authorization: Bearer <key>.', {
        headers: { 'WWW-Authenticate': 'Bearer realm="roleforge"' },
      });
    tenants.set(keyHash, tenantId);
    return tenantId;
  };
}
