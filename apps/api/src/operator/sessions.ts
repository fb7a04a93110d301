import { createHmac, hash, randomBytes } from 'node:crypto';
import type { SessionStore } from '@roleforge/queue';
import { z } from 'zod';
import type { OperatorKeys, OperatorRole } from './operator-roles.ts';

/** How long a session lasts however much it is used, and how long without being used. In milliseconds. */
export const SESSION_LIMITS = { mostMs: 4 * 3_600_000, idleMs: 20 * 60_000 };

/**
 * Sessions of browsers that logged in with a key. All processes know of them, and none after its logout, or after its key was changed.
 * All reject when Redis does not answer.
 */
export type Sessions = {
  /** Begins one, and returns its id: a secret of the browser's. */
  begin(role: OperatorRole): Promise<string>;
  /** Whose session this is; null where it is none, or none any more. */
  find(id: string): Promise<OperatorRole | null>;
  end(id: string): Promise<void>;
};

type Options = { store: SessionStore; keys: OperatorKeys; now: () => number; limits?: typeof SESSION_LIMITS };

/** `key`: of the role's key, made with the session's id, which stands nowhere. */
const Known = z.object({ role: z.enum(['operator', 'viewer']), key: z.string(), untilMs: z.number() });

export function createSessions({ store, keys, now, limits = SESSION_LIMITS }: Options): Sessions {
  const sealOf = (id: string, key: string) => createHmac('sha256', id).update(key).digest('base64url');
  // Whoever reads Redis learns no id by which to come in.
  const nameOf = (id: string) => hash('sha256', id, 'base64url');

  return {
    async begin(role) {
      const key = keys[role];
      if (key === null) throw new Error(`Nobody is ${role}: it has no key.`);
      const id = randomBytes(32).toString('base64url');
      const known = { role, key: sealOf(id, key), untilMs: now() + limits.mostMs };
      await store.put(nameOf(id), known, limits.idleMs);
      return id;
    },
    async find(id) {
      const known = Known.safeParse(await store.touch(nameOf(id), limits.idleMs)).data;
      if (known === undefined) return null;
      const key = keys[known.role];
      if (known.untilMs > now() && key !== null && sealOf(id, key) === known.key) return known.role;
      await store.remove(nameOf(id));
      return null;
    },
    end: id => store.remove(nameOf(id)),
  };
}
