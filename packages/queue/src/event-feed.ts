import type { CreationEvent, CreationId } from '@roleforge/contracts';
import { toEvent } from './event-log.ts';
import { eventChannel } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

type Listener = { event(event: CreationEvent): void; missed(): void };

/** Live events, received over one connection and handed to whoever follows the creation. */
export type EventFeed = {
  /**
   * Calls `event` with each event of a creation from now on, and `missed` when the connection was away and is back: what was
   * not heard meanwhile stands in the log. Returns the way to stop.
   */
  listen(creationId: CreationId, event: (event: CreationEvent) => void, missed?: () => void): () => void;
  /** Resolves when events are being received. */
  ready(): Promise<void>;
};

/** @param redis a connection of its own, for it can do nothing else while it listens */
export function createEventFeed(
  redis: RedisConnection,
  prefix: string,
  onError: (error: Error) => void = () => {},
): EventFeed {
  const listeners = new Map<string, Set<Listener>>();
  const subscribed = redis.subscribe(eventChannel(prefix)).catch(onError);
  // ioredis subscribes again by itself, at about this moment. The answer to one more subscription comes after that one's:
  // what is appended from then on is heard, and what was appended before is in the log.
  redis.on('ready', () =>
    redis.subscribe(eventChannel(prefix)).then(() => {
      for (const followers of listeners.values()) for (const follower of [...followers]) follower.missed();
    }, onError),
  );
  redis.on('message', (_channel: string, message: string) => {
    const space = message.indexOf(' ');
    const text = message.slice(space + 1);
    // Most events are nobody's here: the id is looked for before anything is parsed.
    const id = /"creationId":"([^"]+)"/.exec(text)?.[1] ?? '';
    const followers = listeners.get(id);
    if (followers === undefined) return;
    try {
      const event = toEvent(Number(message.slice(0, space)), text);
      for (const follower of [...followers]) follower.event(event);
    } catch (error) {
      // Thrown from here, it would end the process.
      onError(error as Error);
    }
  });
  return {
    ready: async () => void (await subscribed),
    listen(creationId, event, missed = () => {}) {
      const listener = { event, missed };
      const followers = listeners.get(creationId) ?? new Set();
      listeners.set(creationId, followers.add(listener));
      return () => {
        followers.delete(listener);
        if (followers.size === 0 && listeners.get(creationId) === followers) listeners.delete(creationId);
      };
    },
  };
}
