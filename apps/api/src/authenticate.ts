import { hash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyId } from '@roleforge/contracts';
import { type Database, type FoundPrincipal, findPrincipal, rehashApiKey } from '@roleforge/db';
import { hashesOf, isMistyped, type Principal } from '@roleforge/domain';
import { createBeliefs } from './beliefs.ts';
import { suspended, unauthenticated } from './http/problem.ts';

export type Authenticate = (authorization: string | undefined) => Promise<Principal>;

/** Reads tokens of an issuer. Null where what was sent is not a token at all. */
export type ReadToken = (credential: string) => Promise<Principal> | null;

type Options = {
  database: Database;
  /** What API keys are hashed with, the newest first. */
  peppers: readonly string[];
  /** Null where no tokens are accepted beside API keys. */
  readToken: ReadToken | null;
  /** Is told of each use of a key. */
  noteUse: (id: ApiKeyId) => void;
  /** Takes work that no answer waits for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

/**
 * Finds whom an `Authorization: Bearer <API key or token>` header stands for. Whatever is wrong with it, from its absence to a revoked key,
 * gets the same answer.
 */
export function createAuthenticate({ database, peppers, readToken, noteUse, behind, clock }: Options): Authenticate {
  const findKey = createBeliefs<string, FoundPrincipal>({ ask, endOf: found => found.principal.expiresAt, clock });

  async function ask(key: string, now: Date): Promise<FoundPrincipal | null> {
    if (isMistyped(key)) return null;
    const hashes = hashesOf(key, peppers);
    const found = await findPrincipal(database, hashes, now);
    if (found === null || !isOneOf(hashes, found.keyHash)) return null;
    const newest = hashes[0] as Buffer;
    const { keyId: id, keyHash: from, principal } = found;
    if (!from.equals(newest))
      // Whoever uses the key next does it if it fails now.
      behind(() => rehashApiKey(database, { tenantId: principal.tenantId, id, from, to: newest }).catch(() => {}));
    return found;
  }

  return async authorization => {
    const credential = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (credential === undefined) throw unauthenticated();
    const token = readToken?.(credential) ?? null;
    if (token !== null) return token;
    // Keys are known here by their hash: the memory of this process holds none that is not in a request at the moment.
    const found = await findKey(hash('sha256', credential, 'base64url'), credential);
    if (found === null) throw unauthenticated();
    if (found.tenantStatus === 'suspended') throw suspended();
    noteUse(found.keyId);
    return found.principal;
  };
}

/**
 * Whether the key that was found is one that was asked for, told in constant time. The index that found it compares byte by byte, which
 * tells nothing of use: what it compares are hashes that nobody without the pepper can choose. This is the second lock: a lookup
 * that was ever to match loosely, by a collation or a cut-off value, would let nobody in.
 */
function isOneOf(hashes: readonly Buffer[], found: Buffer): boolean {
  return hashes.map(each => each.length === found.length && timingSafeEqual(each, found)).includes(true);
}
