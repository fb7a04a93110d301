import type { Config } from '@roleforge/config';
import { type Database, openDatabase } from '@roleforge/db';
import type { Opened } from '@roleforge/lifecycle';
import {
  type BulkQueue,
  type CreationQueue,
  closeRedis,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  type WebhookQueue,
} from '@roleforge/queue';
import type { Logger, Tracing } from '@roleforge/telemetry';

/** Where the api's servers are, and under which prefix its keys stand in Redis. */
export type ApiConfig = Config & { redisUrl: string; databaseUrl: string };

type Redis = ReturnType<typeof openRedis>;

/** The ways to MySQL and Redis. */
export type Connections = {
  database: Database;
  /** For what requests wait for. */
  redis: Redis;
  /** Subscribed to the events of creations. */
  listening: Redis;
  /** For what no request waits for: copies of sources, and what was taken of limits. */
  copying: Redis;
  queue: CreationQueue;
  bulkQueue: BulkQueue;
  webhookQueue: WebhookQueue;
};

/** Slower than this the caller could not be told within two seconds that MySQL is away. */
const DATABASE_PATIENCE_MS = 1_500;
const DATABASE_CONNECTIONS = 10;

/** Opens the ways to MySQL and Redis. Where one of them does not answer yet, it is found out by the first who asks. */
export async function openConnections(
  config: ApiConfig,
  { tracing, log }: { tracing: Tracing; log: Logger },
  opened: Opened,
): Promise<Connections> {
  const database = openDatabase({
    url: config.databaseUrl,
    connections: DATABASE_CONNECTIONS,
    patienceMs: DATABASE_PATIENCE_MS,
    onStatement: tracing.onStatement,
  });
  opened.add(() => database.close());
  // The first caller is not to wait for the first connection; while MySQL is away, callers are told so.
  await database.ping().catch(error => log.warn('MySQL does not answer yet', { error }));
  const redis = openRedis(config.redisUrl, 'request', onTroubleOf(log));
  opened.add(() => closeRedis(redis));
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
  return { database, redis, listening, copying, queue, bulkQueue, webhookQueue };
}

export function onTroubleOf(log: Logger): (error: Error) => void {
  return error => log.warn('redis trouble', { error });
}
