import type { Actor, KeyLimits, Scope, TenantId, TenantLimits } from '@roleforge/contracts';

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
