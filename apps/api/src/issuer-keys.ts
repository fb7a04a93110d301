import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** Longest that the issuer may take to answer, in milliseconds. */
const TIMEOUT_MS = 3_000;
/** After a failure the issuer is left alone for so long, in milliseconds. */
const LEFT_ALONE_MS = 1_000;
/** A key that is not known is looked for anew at the issuer no more often than this, in milliseconds: names of keys cost nothing to invent. */
const COOLDOWN_MS = 10_000;
/** Keys are fetched anew when they are older than this, in milliseconds: so long may one that the issuer took back still count. */
const FETCHED_ANEW_MS = 600_000;

/** The issuer of tokens does not answer, or not with keys: nothing can be said of its tokens. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
  readonly code = 'issuer_unavailable';
}

type Options = {
  issuer: string;
  /** Null where the issuer's discovery document names it. */
  jwksUrl: string | null;
  cooldownMs?: number | undefined;
};

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/**
 * The public keys of an issuer, fetched when the first token comes, and kept. What it throws is IssuerUnavailable where the issuer is to
 * blame, and one of jose's errors where the token is: it names a key that the issuer does not have.
 */
export function createIssuerKeys({ issuer, jwksUrl, cooldownMs = COOLDOWN_MS }: Options): JWTVerifyGetKey {
  const patiently = onceInAWhile();
  let found: Promise<JWTVerifyGetKey> | undefined;

  async function find(): Promise<JWTVerifyGetKey> {
    const url = new URL(jwksUrl ?? (await discover(issuer, patiently)));
    return createRemoteJWKSet(url, {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: cooldownMs,
      cacheMaxAge: FETCHED_ANEW_MS,
      [customFetch]: patiently,
    });
  }

  return async (header, token) => {
    try {
      found ??= find();
      const keys = await found.catch(error => {
        found = undefined;
        throw error;
      });
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new IssuerUnavailable('The issuer of tokens does not give its keys.', { cause: error });
    }
  };
}

async function discover(issuer: string, get: FetchImplementation): Promise<string> {
  const response = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    headers: new Headers({ accept: 'application/json' }),
    method: 'GET',
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`The discovery document was answered with ${response.status}.`);
  const document = Discovered.parse(await response.json());
  // Whoever answers there may be another issuer than the one whose tokens are to be believed (OpenID Connect Discovery, 4.3).
  if (document.issuer !== issuer) throw new Error('The discovery document is of another issuer.');
  return document.jwks_uri;
}

/** `fetch` that, for a moment after it failed, fails at once: an issuer that is down is not asked once for every request. */
function onceInAWhile(): FetchImplementation {
  let failure: { error: unknown; until: number } | undefined;
  return async (url, options) => {
    if (failure !== undefined && performance.now() < failure.until) throw failure.error;
    try {
      const response = await fetch(url, options);
      if (response.status >= 500) throw new Error(`The issuer answered with ${response.status}.`);
      failure = undefined;
      return response;
    } catch (error) {
      failure = { error, until: performance.now() + LEFT_ALONE_MS };
      throw error;
    }
  };
}
