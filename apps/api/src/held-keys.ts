import type { IdempotencyClaim } from '@roleforge/domain';

/** So long a key that was found held is taken to be held still: a fraction of the time that a frozen process holds one. */
const REMEMBERED_MS = 5_000;
/** Few are ever held at once. Beyond that the oldest is forgotten, which costs a second look at it. */
const MOST = 1_000;

type Key = Pick<IdempotencyClaim, 'tenantId' | 'scope' | 'key'>;

/**
 * The idempotency keys that a transaction elsewhere was found to hold, such as that of a process which is frozen. Finding out takes
 * a second, for which everybody's commits wait: so it is not found out anew for each repetition.
 */
export type HeldKeys = { add(key: Key): void; has(key: Key): boolean };

/** @param now in milliseconds, never going back */
export function createHeldKeys(now: () => number): HeldKeys {
  const heldUntil = new Map<string, number>();
  return {
    add(key) {
      const name = nameOf(key);
      heldUntil.delete(name);
      heldUntil.set(name, now() + REMEMBERED_MS);
      const [oldest] = heldUntil.keys();
      if (heldUntil.size > MOST && oldest !== undefined) heldUntil.delete(oldest);
    },
    has(key) {
      const name = nameOf(key);
      const until = heldUntil.get(name);
      if (until === undefined) return false;
      if (now() < until) return true;
      heldUntil.delete(name);
      return false;
    },
  };
}

function nameOf({ tenantId, scope, key }: Key): string {
  return `${tenantId} ${scope} ${key}`;
}
