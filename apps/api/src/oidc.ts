import { hash } from 'node:crypto';
import type { OidcConfig } from '@roleforge/config';
import { SCOPES, type Scope, TenantId } from '@roleforge/contracts';
import { type Database, findTenant, type TenantRecord } from '@roleforge/db';
import { LAST_MOMENT, type Principal } from '@roleforge/domain';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { ReadToken } from './authenticate.ts';
import { createBeliefs } from './beliefs.ts';
import { suspended, unauthenticated, unavailable } from './http/problem.ts';
import { createIssuerKeys, IssuerUnavailable } from './issuer-keys.ts';

/** Asymmetric ones alone: with a shared secret, whoever checks tokens could make them, and a public key could be taken for a secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** How far the clocks of issuer and api may be apart, in seconds. */
const CLOCKS_APART_S = 5;
/** As much of a token's subject as is noted down. */
const SUBJECT_LENGTH = 200;

type Options = {
  oidc: OidcConfig;
  database: Database;
  clock: () => Date;
  /** How often a key that is not known may be looked for at the issuer, in milliseconds. */
  cooldownMs?: number;
};

/** What a token says, when its signature, its issuer, its audience and its times are right. */
type Claims = { tenantId: TenantId; subject: string; scopes: readonly Scope[]; expiresAt: Date };

/**
 * Accepts the tokens (JWT) of one issuer beside API keys. A token's tenant is looked up as a key is, and its limits are the tenant's; an
 * issuer that does not answer is `unavailable`, and says nothing against the token.
 */
export function createReadToken({ oidc, database, clock, cooldownMs }: Options): ReadToken {
  const keys = createIssuerKeys({ issuer: oidc.issuer, jwksUrl: oidc.jwksUrl, cooldownMs });
  const findClaims = createBeliefs<string, Claims>({ ask: verify, endOf: claims => claims.expiresAt, clock });
  const knownTenant = createBeliefs<TenantId, TenantRecord>({ ask: id => findTenant(database, id), clock });

  async function verify(token: string, now: Date): Promise<Claims | null> {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keys, {
        issuer: oidc.issuer,
        audience: oidc.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCKS_APART_S,
        currentDate: now,
      }));
    } catch (error) {
      if (error instanceof IssuerUnavailable)
        throw unavailable('The issuer of tokens does not answer. An API key works.', error);
      // A TypeError is what jose throws of a published key that nothing can be checked with, such as a short one of RSA: whoever names
      // that key is believed no more than whoever signs wrongly.
      if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
      throw error;
    }
    return claimsOf(payload, oidc.tenantClaim);
  }

  async function principalOf(token: string): Promise<Principal> {
    const claims = await findClaims(hash('sha256', token, 'base64url'), token);
    const tenant = claims === null ? null : await knownTenant(claims.tenantId, claims.tenantId);
    if (claims === null || tenant === null) throw unauthenticated();
    if (tenant.status === 'suspended') throw suspended();
    const { subject, scopes, expiresAt } = claims;
    return {
      tenantId: tenant.id,
      actor: { kind: 'token', id: subject.slice(0, SUBJECT_LENGTH) },
      scopes,
      tenantLimits: tenant.limits,
      keyLimits: {},
      expiresAt,
    };
  }

  return credential => (isToken(credential) ? principalOf(credential) : null);
}

/** Three parts, the first of which is a header: a key out of the configuration may have dots too. */
function isToken(credential: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(credential)) return false;
  try {
    decodeProtectedHeader(credential);
    return true;
  } catch {
    return false;
  }
}

/** Null where no tenant is named. */
function claimsOf(payload: JWTPayload, tenantClaim: string): Claims | null {
  const tenantId = TenantId.safeParse(Object.hasOwn(payload, tenantClaim) ? payload[tenantClaim] : undefined);
  const { sub, exp } = payload;
  if (!tenantId.success || typeof sub !== 'string' || sub === '' || typeof exp !== 'number') return null;
  const given = scopesOf(payload);
  return {
    tenantId: tenantId.data,
    subject: sub,
    scopes: SCOPES.filter(scope => given.includes(scope)),
    expiresAt: new Date(Math.min((exp + CLOCKS_APART_S) * 1_000, LAST_MOMENT.getTime())),
  };
}

/** Issuers write scopes as text with spaces in `scope` (RFC 8693), or as text or a list in `scp`. */
function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const given = scope ?? scp;
  if (typeof given === 'string') return given.split(' ');
  return Array.isArray(given) ? given : [];
}
