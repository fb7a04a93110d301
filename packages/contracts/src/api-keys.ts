import { z } from 'zod';
import { ApiKeyId } from './ids.ts';
import { Scope, Scopes } from './scopes.ts';
import { BURST_ALONE, isBurstAlone, KeyLimits } from './tenants.ts';

const time = z.iso.datetime({ offset: true });

/** The body of the calls that make an API key. */
export const IssueApiKey = z
  .strictObject({
    name: z.string().min(1).max(100).optional().describe('What it is for, for people'),
    scopes: Scopes.optional().describe('All scopes where absent'),
    expiresAt: time.optional().describe('It works until then; for ever where absent'),
    limits: KeyLimits.optional(),
  })
  .refine(body => !isBurstAlone(body), BURST_ALONE)
  .meta({ id: 'IssueApiKey', example: { name: 'web shop', scopes: ['creations:write', 'creations:read'] } });
export type IssueApiKey = z.infer<typeof IssueApiKey>;

/** The body of the calls that put a new key in an old one's place. */
export const RotateApiKey = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(2_592_000).default(86_400).describe('How long the old key works on'),
  })
  .meta({ id: 'RotateApiKey' });
export type RotateApiKey = z.infer<typeof RotateApiKey>;

/** An API key without the key itself, of which nothing but a hash is kept. */
export const ApiKey = z
  .object({
    id: ApiKeyId,
    object: z.literal('api_key'),
    name: z.string().nullable(),
    hint: z.string().describe('Its last four characters'),
    scopes: z.array(Scope),
    limits: KeyLimits,
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('To within a minute'),
    rotatedTo: ApiKeyId.nullable().describe('The key that takes its place'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

export const IssuedApiKey = ApiKey.extend({
  apiKey: z.string().describe('The key itself: shown this once'),
}).meta({ id: 'IssuedApiKey' });
export type IssuedApiKey = z.infer<typeof IssuedApiKey>;
