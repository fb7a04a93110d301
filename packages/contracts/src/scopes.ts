import { z } from 'zod';

/** What an API key may do; a key without some of these is answered with `forbidden`. */
export const SCOPES = [
  'creations:write',
  'creations:read',
  'sources:write',
  'strategies:write',
  'webhooks:write',
  'tenant:admin',
] as const;
export const Scope = z.enum(SCOPES);
export type Scope = z.infer<typeof Scope>;

/** Some scopes, each named once. */
export const Scopes = z
  .array(Scope)
  .min(1)
  .refine(scopes => new Set(scopes).size === scopes.length, 'must not name a scope twice')
  .meta({ id: 'Scopes', example: ['creations:write', 'creations:read'] });
