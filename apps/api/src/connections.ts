import type { Config } from '@roleforge/config';
import { type Database, openDatabase, type ReadList, watchReplica } from '@roleforge/db';
import type { Opened } from '@roleforge/lifecycle';
import {
  type BulkQueue,
  type CreationQueue,
  closeRedis,
  connectedRedis,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  type RedisConnection,
  type WebhookQueue,
} from '@roleforge/queue';
import type { Logger, Tracing } from '@roleforge/telemetry';

/** Where the api's servers are, and under which prefix its keys stand in Redis. */
export type ApiConfig = Config & { redisUrl: string; databaseUrl: string };

/** The ways to MySQL and Redis. */
export type Connections = {
  database: Database;
  /** For looks at how things stand. They do not wait behind requests: one that is busy is not taken for one that is away. */
  looking: Database;
  /** Reads lists: from a replica, where there is one. */
  readList: ReadList;
  /** For what requests wait for. */
  redis: RedisConnection;
  /** Subscribed to the events of creations. */
  listening: RedisConnection;
  /** For what no request waits for: copies of sources, and what was taken of limits. */
  copying: RedisConnection;
  queue: CreationQueue;
  bulkQueue: BulkQueue;
  webhookQueue: WebhookQueue;
};

/** In milliseconds. Slower than this the caller could not be told within two seconds that MySQL is away. */
export const DATABASE_PATIENCE_MS = 1_500;
const DATABASE_CONNECTIONS = 10;
const LOOKING_CONNECTIONS = 2;
/** A Redis that is away says so at once; one that says nothing is not waited for longer than this. */
const REDIS_PATIENCE_MS = 1_000;
/** Of a replica that says nothing: then there is time left to ask where all else is read. */
const REPLICA_PATIENCE_MS = 700;

/**
 * Opens the ways to MySQL and Redis. The first callers are not to wait for the first connections, nor to be refused for having come before
 * them; where a server does not answer yet, they are told so.
 */
export async function openConnections(
  config: ApiConfig,
  { tracing, log, databasePatienceMs }: { tracing: Tracing; log: Logger; databasePatienceMs: number },
  opened: Opened,
): Promise<Connections> {
  const openPool = (url: string, connections: number, patienceMs: number): Database => {
    const pool = openDatabase({ url, connections, patienceMs, onStatement: tracing.onStatement });
    opened.add(() => pool.close());
    return pool;
  };
  const database = openPool(config.databaseUrl, DATABASE_CONNECTIONS, databasePatienceMs);
  await database.ping().catch(error => log.warn('MySQL does not answer yet', { error }));
  const looking = openPool(config.databaseUrl, LOOKING_CONNECTIONS, databasePatienceMs);
  const openReplica = (url: string) => openPool(url, DATABASE_CONNECTIONS, REPLICA_PATIENCE_MS);
  const readList = openLists(config, { primary: database, openReplica, log }, opened);
  const redis = openRedis(config.redisUrl, 'request', onTroubleOf(log));
  opened.add(() => closeRedis(redis));
  if (!(await connectedRedis(redis, REDIS_PATIENCE_MS))) log.warn('Redis does not answer yet');
  const listening = openRedis(config.redisUrl, 'listener');
  opened.add(() => closeRedis(listening));
  const copying = openRedis(config.redisUrl, 'cache');
  opened.add(() => closeRedis(copying));
  const queue = openCreationQueue(redis, config.queuePrefix);
  opened.add(() => queue.close());
  const bulkQueue = openBulkQueue(redis, config.queuePrefix);
  opened.add(() => bulkQueue.close());
  const webhookQueue = openWebhookQueue(redis, config.queuePrefix);
  opened.add(() => webhookQueue.close());
  return { database, looking, readList, redis, listening, copying, queue, bulkQueue, webhookQueue };
}

function openLists(
  { databaseReadUrl, databaseReadMaxLagMs: mostBehindMs }: ApiConfig,
  { primary, openReplica, log }: { primary: Database; openReplica: (url: string) => Database; log: Logger },
  opened: Opened,
): ReadList {
  if (databaseReadUrl === null) return read => read(primary);
  const replica = openReplica(databaseReadUrl);
  const watch = watchReplica({
    primary,
    replica,
    mostBehindMs,
    onChange({ used, behindMs, cause }) {
      if (used) log.info('lists are read from the replica', { behindMs });
      else
        log.warn('lists are not read from the replica: it does not answer, or is too far behind', {
          behindMs,
          error: cause,
        });
    },
  });
  opened.add(watch.close);
  return watch.readList;
}

export function onTroubleOf(log: Logger): (error: Error) => void {
  return error => log.warn('redis trouble', { error });
}
