import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseRedisAddress, type RedisAddress, tlsMaterial } from '@roleforge/domain';
import { Cluster } from 'ioredis';
import { EndingCluster, EndingRedis } from './ending-clients.ts';
import { listenToCluster, pingRegularly } from './listening-connection.ts';
import type { RedisConnection } from './redis-connection.ts';
import { clusterOptions, type RedisUse, redisOptions, type TlsMaterial } from './redis-options.ts';

/**
 * Opens a connection, which comes back by itself after Redis was away. Losing it, or a node of a cluster, is not thrown but told to
 * `onTrouble`, once per outage: commands report their own failures.
 * @param url a REDIS_URL: see domain/redis-address.ts
 * @throws AddressInvalid, and Error where a file for TLS cannot be read
 */
export function openRedis(url: string, use: RedisUse, onTrouble: (error: Error) => void = () => {}): RedisConnection {
  const address = parseRedisAddress(url);
  const tls: TlsMaterial | null = address.tls && tlsMaterial(address.tls, path => readFileSync(path));
  const redis = connect(address, use, tls);
  tellOfTrouble(redis, onTrouble);
  return redis;
}

function connect(address: RedisAddress, use: RedisUse, tls: TlsMaterial | null): RedisConnection {
  const clustered = address.topology.kind === 'cluster';
  if (use === 'listener') {
    const redis = new EndingRedis(redisOptions(address, use, tls));
    return clustered ? listenToCluster(redis, address.endpoints) : pingRegularly(redis);
  }
  return clustered
    ? new EndingCluster([...address.endpoints], clusterOptions(address, use, tls))
    : new EndingRedis(redisOptions(address, use, tls));
}

function tellOfTrouble(redis: RedisConnection, onTrouble: (error: Error) => void): void {
  // Of the whole, or of single nodes.
  const troubled = new Set<unknown>();
  const tell = (error: Error, whose: unknown = redis) => {
    if (!troubled.has(whose)) onTrouble(error);
    troubled.add(whose);
  };
  redis.on('ready', () => troubled.clear());
  redis.on('error', (error: Error) => tell(error));
  if (!(redis instanceof Cluster)) return;
  redis.on('node error', tell);
  redis.on('+node', node => node.once('ready', () => troubled.delete(`${node.options.host}:${node.options.port}`)));
}

/**
 * Resolves as soon as the connection is up, or its first try came to nothing, or after so long, in milliseconds: for one who wants the
 * first command on a connection that fails at once not to fail merely for having come early.
 * @returns whether it is up
 */
export async function connectedRedis(redis: RedisConnection, patienceMs: number): Promise<boolean> {
  if (redis.status !== 'ready') {
    const heard = new AbortController();
    const signal = AbortSignal.any([heard.signal, AbortSignal.timeout(patienceMs)]);
    const turns = ['ready', 'close', 'reconnecting', 'end'].map(turn => once(redis, turn, { signal }));
    await Promise.race(turns).catch(() => {});
    heard.abort();
    await Promise.allSettled(turns);
  }
  return redis.status === 'ready';
}

/** How long a goodbye may take: a node of a cluster may be away though the cluster is there. */
const GOODBYE_MS = 1_000;

/** Closes a connection whether or not Redis is there to say goodbye to. */
export async function closeRedis(redis: RedisConnection): Promise<void> {
  if (redis.status !== 'ready') return redis.disconnect();
  const timer = setTimeout(() => redis.disconnect(), GOODBYE_MS);
  await redis.quit().catch(() => redis.disconnect());
  clearTimeout(timer);
}

/** Resolves when Redis answers; of a cluster, one of its nodes. */
export async function pingRedis(redis: RedisConnection): Promise<void> {
  await redis.ping();
}
