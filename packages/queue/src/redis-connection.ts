import type { Cluster, Redis } from 'ioredis';

/** A connection to Redis, however many servers that is. Keys of one command, script or pipeline share a hash tag: see keys.ts. */
export type RedisConnection = Redis | Cluster;
