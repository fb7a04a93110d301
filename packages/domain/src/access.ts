import type { Actor, KeyLimits, Scope, TenantId, TenantLimits } from '@roleforge/contracts';
import { bucketRate } from './token-bucket.ts';

/** Whom a key or a token stands for, and what it may do. */
export type Principal = {
  tenantId: TenantId;
  actor: Actor;
  scopes: readonly Scope[];
  tenantLimits: TenantLimits;
  /** The key's own limits, within those of the tenant. */
  keyLimits: KeyLimits;
  /** When the key or the token ends by itself; absent where it does not. */
  expiresAt?: Date;
};

/** Who does something that is noted down, and in which request. */
export type Doer = { actor: Actor; remoteAddress: string | null; requestId: string };

/** Which limits of a key that is asked for let through more than those of the key that asks. */
export function limitsBeyond(wanted: KeyLimits, own: KeyLimits): (keyof KeyLimits)[] {
  const [most, asked] = [bucketRate(own), bucketRate(wanted)];
  if (most === null) return [];
  if (asked === null) return ['requestsPerSecond'];
  return [
    ...(asked.perSecond > most.perSecond ? (['requestsPerSecond'] as const) : []),
    ...(asked.burst > most.burst ? (['burst'] as const) : []),
  ];
}
