import { Redis, type RedisOptions } from 'ioredis';

/** What a connection is for decides how it behaves while Redis is away. */
export type RedisUse =
  /** Inside a request: fails at once. */
  | 'request'
  /** Keeps copies that can be done without: fails at once, and waits for no slow answer. */
  | 'cache'
  /** Blocks and waits: tries for ever, as BullMQ's workers ask for. */
  | 'worker'
  /** Listens to channels: subscribes again by itself. */
  | 'listener';

/**
 * `socketTimeout`: a connection on which a command goes unanswered that long, in milliseconds, is dropped and made anew. The
 * other end may be gone without a word (a failover, a firewall that forgets), and TCP alone notices that after many minutes.
 * It does not run while nothing is asked, so an idle connection is never dropped.
 */
const OPTIONS = {
  request: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 2_000, socketTimeout: 5_000 },
  cache: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 300, socketTimeout: 5_000 },
  // BullMQ waits for a job for up to 10 s at a time, in silence.
  worker: { maxRetriesPerRequest: null, socketTimeout: 15_000 },
  listener: { maxRetriesPerRequest: null, autoResubscribe: true, socketTimeout: 5_000 },
} as const satisfies Record<RedisUse, object>;

/** How often a listener asks whether anybody is there: it says nothing else, so its silence would never be noticed. */
const LISTENER_PING_MS = 5_000;

const RECONNECT_CAP_MS = 2_000;

/**
 * A connection that ends whenever it is told to. ioredis, told so between two tries to reconnect, stops trying but never
 * says 'end' and leaves its waiting commands unanswered; and BullMQ, closing a worker, waits for that 'end'.
 */
class EndingRedis extends Redis {
  override disconnect(reconnect = false): void {
    // Breaking off a try that has begun is what ioredis does properly.
    if (!reconnect && this.status === 'reconnecting') this.connect().catch(() => {});
    super.disconnect(reconnect);
  }

  /** BullMQ makes its blocking connections so. */
  override duplicate(override?: Partial<RedisOptions>): Redis {
    return new EndingRedis({ ...this.options, ...override, replyMapping: 'legacy' });
  }
}

/**
 * Opens a connection, which comes back by itself after Redis was away. Losing it is not thrown but told to `onTrouble`,
 * once per outage: commands report their own failures.
 * @param url redis:// or rediss://
 */
export function openRedis(url: string, use: RedisUse, onTrouble: (error: Error) => void = () => {}): Redis {
  const redis = new EndingRedis(url, {
    ...OPTIONS[use],
    connectTimeout: 2_000,
    // ioredis waits this long even for a socket that is closed already, and the process with it.
    disconnectTimeout: 200,
    retryStrategy: tries => Math.min(50 * 2 ** Math.min(tries, 6), RECONNECT_CAP_MS),
  });
  let troubled = false;
  redis.on('ready', () => {
    troubled = false;
  });
  redis.on('error', error => {
    if (!troubled) onTrouble(error);
    troubled = true;
  });
  if (use === 'listener') pingRegularly(redis, LISTENER_PING_MS);
  return redis;
}

function pingRegularly(redis: Redis, everyMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  redis.on('ready', () => {
    clearInterval(timer);
    timer = setInterval(() => void redis.ping().catch(() => {}), everyMs);
    timer.unref();
  });
  redis.on('close', () => clearInterval(timer));
}

/** Closes a connection whether or not Redis is there to say goodbye to. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}

/** Resolves when Redis answers. */
export async function pingRedis(redis: Redis): Promise<void> {
  await redis.ping();
}
