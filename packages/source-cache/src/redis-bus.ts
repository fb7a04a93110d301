import type { Cluster, Redis } from 'ioredis';

/*
 * How the processes' memories learn that a copy is to be forgotten: a message on the channel
 *
 *   <prefix>:sources:forget
 *
 * with the sender's id and the cache's own payload in JSON. Pub/sub keeps nothing: who was not listening has missed it. So a
 * listener forgets everything whenever its connection has come back; until then copies hold for no longer than their time.
 */

type Payload = { type: string; keys: string[]; namespace?: string };
type Handler = (payload: never) => unknown;

/** A transport for the cache's bus, over connections that are there already: it opens none, and closes none. */
export type RedisBus = {
  setId(id: string): RedisBus;
  onReconnect(callback: () => void): void;
  /** Rejects where Redis does not answer; the bus tries again. */
  publish(channel: string, message: unknown): Promise<void>;
  /** Never rejects: the subscription is made as soon as Redis is there. */
  subscribe(channel: string, handler: Handler): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  disconnect(): Promise<void>;
};

type Connections = {
  redis: Redis | Cluster;
  /** A connection that listens, and may listen to other channels as well; null for a process that keeps no copies itself. */
  listening: Redis | Cluster | null;
  prefix: string;
};

/** What makes a memory forget all that it holds of a namespace. */
export const EVERYTHING = 'clear';

export function createRedisBus({ redis, listening, prefix }: Connections, namespace: string): RedisBus {
  const channel = `${prefix}:sources:forget`;
  const handlers = new Set<Handler>();
  let id = '';
  const tell = (payload: Payload) => {
    for (const handle of handlers) handle(payload as never);
  };
  const onMessage = (from: string, text: string) => {
    if (from !== channel) return;
    const message = readMessage(text);
    if (message !== null && message.sender !== id) tell(message.payload);
  };
  const listen = () => {
    if (listening === null) return;
    // Asked anew at each connection, so that its answer tells from when on nothing is missed.
    listening.subscribe(channel).then(
      () => tell({ type: EVERYTHING, keys: [], namespace }),
      () => {},
    );
  };
  const bus: RedisBus = {
    setId(given) {
      id = given;
      return bus;
    },
    onReconnect(callback) {
      redis.on('ready', callback);
      // Of a cluster only the node was lost that was to pass the message on: there are others.
      redis.on('-node', callback);
    },
    async publish(_, payload) {
      await redis.publish(channel, JSON.stringify({ sender: id, payload }));
    },
    async subscribe(_, handler) {
      handlers.add(handler);
      if (listening === null) return;
      listening.on('message', onMessage);
      listening.on('ready', listen);
      if (listening.status === 'ready') listen();
    },
    async unsubscribe() {
      handlers.clear();
      listening?.off('message', onMessage);
      listening?.off('ready', listen);
    },
    disconnect: () => bus.unsubscribe(channel),
  };
  return bus;
}

/** Null for what no cache has sent. */
function readMessage(text: string): { sender: string; payload: Payload } | null {
  try {
    const { sender, payload } = JSON.parse(text);
    return typeof sender === 'string' && Array.isArray(payload?.keys) ? { sender, payload } : null;
  } catch {
    return null;
  }
}
