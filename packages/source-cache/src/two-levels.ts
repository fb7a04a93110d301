import type { SourceKind, TaskId, TenantId } from '@roleforge/contracts';
import { BentoCache, bentostore } from 'bentocache';
import { MemoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import type { Cluster, Redis } from 'ioredis';
import { createRedisBus } from './redis-bus.ts';

/*
 * Keys in Redis:
 *
 *   <prefix>:sources:<tenant>:<kind>:<task>   string: a source as it was read, or that there was none, with when that was
 */

/** For how long a copy holds, in milliseconds. */
export type Lifetimes = {
  /** In the memory of a process. */
  memoryMs: number;
  /** In Redis, counted from when it was read from MySQL; in memory no longer than that either. */
  redisMs: number;
  /** For how long it is kept after that, for when MySQL does not answer. */
  staleMs: number;
};

export const LIFETIMES: Lifetimes = { memoryMs: 30_000, redisMs: 60_000, staleMs: 7 * 24 * 3_600_000 };

const MOST_IN_MEMORY = 10_000;
const MOST_BYTES_IN_MEMORY = 64 * 1024 * 1024;
/** So many messages wait for Redis to come back; a copy that one more would have ended ends with its time. */
const MOST_WAITING_MESSAGES = 1_000;

export type SourceCacheConnections = {
  /** For reading, writing and publishing: one that fails at once while Redis is away, and does not wait for long. */
  redis: Redis | Cluster;
  /** One that listens, and may listen to other channels as well; null for a process that only writes. */
  listening: Redis | Cluster | null;
  /** Of all keys and channels. */
  prefix: string;
};

export function keyOf(tenantId: TenantId, taskId: TaskId, kind: SourceKind): string {
  return `${tenantId}:${kind}:${taskId}`;
}

type Options = {
  lifetimes: Lifetimes;
  /** For how long Redis is not asked after it has failed, in milliseconds; 0 to ask it every time. */
  redisRestMs: number;
};

/** The two levels over one prefix, with a bus between the processes. `disconnect` also ends the `redis` connection. */
export function openTwoLevels(
  { redis, listening, prefix }: SourceCacheConnections,
  { lifetimes, redisRestMs }: Options,
) {
  const namespace = `${prefix}:sources`;
  const bus = {
    options: { retryQueue: { enabled: true, maxSize: MOST_WAITING_MESSAGES } },
    factory: () => createRedisBus({ redis, listening, prefix }, namespace),
  };
  const cache = new BentoCache({
    default: 'sources',
    prefix: namespace,
    ttl: lifetimes.redisMs,
    grace: lifetimes.staleMs,
    // An old copy would otherwise be made out to be a fresh one for a while.
    graceBackoff: 0,
    l2CircuitBreakerDuration: redisRestMs,
    stores: {
      sources: bentostore()
        .useL1Layer({
          options: { maxItems: MOST_IN_MEMORY, maxSize: MOST_BYTES_IN_MEMORY },
          factory: config => new BriefMemory(config, lifetimes.memoryMs),
        })
        .useL2Layer(redisDriver({ connection: redis }))
        .useBus(bus),
    },
  });
  // Stores are made at their first use, and the bus is to listen before there is anything to forget.
  cache.use();
  return cache;
}

/** A memory that keeps nothing for longer than its own time, which is shorter than that of Redis. */
class BriefMemory extends MemoryDriver {
  readonly #mostMs: number;

  constructor(config: ConstructorParameters<typeof MemoryDriver>[0], mostMs: number) {
    super(config);
    this.#mostMs = mostMs;
  }

  override set(key: string, value: string, ttl = this.#mostMs): boolean {
    return super.set(key, value, Math.min(ttl, this.#mostMs));
  }
}
