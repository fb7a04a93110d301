import type { Endpoint } from '@roleforge/domain';
import type { Redis } from 'ioredis';
import { reconnectAfterMs } from './redis-options.ts';

/** How often a listener asks whether anybody is there: it says nothing else, so its silence would never be noticed. */
const PING_MS = 5_000;

/** Asks regularly whether anybody is there. */
export function pingRegularly(redis: Redis): Redis {
  return whileReady(redis, () => redis.ping());
}

/**
 * Turns a connection to one server into one that listens to a whole cluster: what is published on any node is heard on all of them, so
 * it stays with one and goes on to the next when that is gone, or is cut off from the others. (ioredis' own listener of a cluster does
 * not notice a silent node, and says nothing when it has moved on, while messages were missed.)
 * @param endpoints nodes of the cluster, the first of which the connection is to
 */
export function listenToCluster(redis: Redis, endpoints: readonly Endpoint[]): Redis {
  let next = 0;
  redis.options.retryStrategy = tries => {
    next += 1;
    Object.assign(redis.options, endpoints[next % endpoints.length]);
    // Once around without a pause.
    return reconnectAfterMs(Math.max(0, tries - endpoints.length));
  };
  return whileReady(redis, async () => {
    if (!String(await redis.cluster('INFO')).includes('cluster_state:ok')) redis.disconnect(true);
  });
}

function whileReady(redis: Redis, ask: () => Promise<unknown>): Redis {
  let timer: NodeJS.Timeout | undefined;
  redis.on('ready', () => {
    clearInterval(timer);
    timer = setInterval(() => void ask().catch(() => {}), PING_MS);
    timer.unref();
  });
  redis.on('close', () => clearInterval(timer));
  return redis;
}
