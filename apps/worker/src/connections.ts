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
  type RedisConnection,
} from '@roleforge/queue';
import type { Logger, Tracing } from '@roleforge/telemetry';

/** Where the worker's servers are, and under which prefix its keys stand in Redis. */
export type WorkerConfig = Config & { redisUrl: string; databaseUrl: string };

/** The ways to MySQL and Redis without which no job is taken. */
export type Connections = {
  database: Database;
  /** Takes jobs, and waits for them. */
  taking: RedisConnection;
  /** Tells what becomes of them: while Redis is away, nothing waits for it. */
  telling: RedisConnection;
};

/** What makes up for its absence: copies of sources can be read from MySQL, and orders from the ledger. */
export type SideConnections = {
  /** Subscribed to orders to this worker, and to changes of sources. */
  listening: RedisConnection;
  /** For copies of sources. */
  copying: RedisConnection;
};

/** The queues that others than their consumers look at. */
export type Queues = { queue: CreationQueue; bulkQueue: BulkQueue };

const DATABASE_PATIENCE_MS = 5_000;
/** Most attempts wait for the model, not for MySQL, so a few connections serve many of them. */
const connectionsFor = (concurrency: number) => Math.max(5, Math.min(20, Math.ceil(concurrency / 5)));

/** Opens them. @throws StoreUnavailable where MySQL does not answer */
export async function openConnections(
  config: WorkerConfig,
  { tracing, log }: { tracing: Tracing; log: Logger },
  opened: Opened,
): Promise<Connections> {
  const database = openDatabase({
    url: config.databaseUrl,
    connections: connectionsFor(config.workerConcurrency),
    patienceMs: DATABASE_PATIENCE_MS,
    onStatement: tracing.onStatement,
  });
  opened.add(() => database.close());
  const taking = openRedis(config.redisUrl, 'worker', error => log.warn('redis trouble', { error }));
  opened.add(() => closeRedis(taking));
  const telling = openRedis(config.redisUrl, 'request');
  opened.add(() => closeRedis(telling));
  await database.ping();
  return { database, taking, telling };
}

export function openSideConnections({ redisUrl }: Pick<WorkerConfig, 'redisUrl'>, opened: Opened): SideConnections {
  const listening = openRedis(redisUrl, 'listener');
  opened.add(() => closeRedis(listening));
  const copying = openRedis(redisUrl, 'cache');
  opened.add(() => closeRedis(copying));
  return { listening, copying };
}

type ForQueues = { taking: RedisConnection; prefix: string; onError: (error: Error) => void };

export function openQueues({ taking, prefix, onError }: ForQueues, opened: Opened): Queues {
  const queue = openCreationQueue(taking, prefix, onError);
  opened.add(() => queue.close());
  const bulkQueue = openBulkQueue(taking, prefix, onError);
  opened.add(() => bulkQueue.close());
  return { queue, bulkQueue };
}
