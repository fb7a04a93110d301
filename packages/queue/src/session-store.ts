import { sessionKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Where sessions of browsers are kept, for all processes. Every call rejects when Redis does not answer. */
export type SessionStore = {
  /** Keeps what is known of a session until nobody has asked for it for so long, in milliseconds. */
  put(name: string, known: object, idleMs: number): Promise<void>;
  /** What is known of a session, which is kept for as long again; null where there is none, or none any more. */
  touch(name: string, idleMs: number): Promise<unknown>;
  remove(name: string): Promise<void>;
};

export function createSessionStore(redis: RedisConnection, prefix: string): SessionStore {
  return {
    put: async (name, known, idleMs) =>
      void (await redis.set(sessionKey(prefix, name), JSON.stringify(known), 'PX', idleMs)),
    async touch(name, idleMs) {
      const known = await redis.getex(sessionKey(prefix, name), 'PX', idleMs);
      return known === null ? null : JSON.parse(known);
    },
    remove: async name => void (await redis.del(sessionKey(prefix, name))),
  };
}
