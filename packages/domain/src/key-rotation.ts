import type { ApiKeyId } from '@roleforge/contracts';

/** The last moment that the ledger can write down. */
export const LAST_MOMENT = new Date('9999-12-31T23:59:59.999Z');

/** What rotating looks at of a key. */
type Rotatable = { createdAt: Date; expiresAt: Date | null; revokedAt: Date | null; rotatedTo: ApiKeyId | null };

export type Rotation =
  | { kind: 'allowed'; oldExpiresAt: Date; newExpiresAt: Date | null }
  | { kind: 'ended' }
  | { kind: 'replaced'; by: ApiKeyId };

/**
 * Whether a key may have another put in its place at `now`, and until when each of them works: the old one for the overlap, but never
 * longer than it would have; the new one for as long as the old one was made for.
 * @param overlapMs milliseconds
 */
export function rotationOf(
  { createdAt, expiresAt, revokedAt, rotatedTo }: Rotatable,
  overlapMs: number,
  now: Date,
): Rotation {
  if (rotatedTo !== null) return { kind: 'replaced', by: rotatedTo };
  if (revokedAt !== null || (expiresAt !== null && expiresAt <= now)) return { kind: 'ended' };
  const oldExpiresAt = new Date(Math.min(expiresAt?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime() + overlapMs));
  if (expiresAt === null) return { kind: 'allowed', oldExpiresAt, newExpiresAt: null };
  const lifetimeMs = expiresAt.getTime() - createdAt.getTime();
  return {
    kind: 'allowed',
    oldExpiresAt,
    newExpiresAt: new Date(Math.min(now.getTime() + lifetimeMs, LAST_MOMENT.getTime())),
  };
}
