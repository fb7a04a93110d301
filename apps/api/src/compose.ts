import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import type { CreationId } from '@roleforge/contracts';
import {
  acceptSubmissions,
  createSourceStore,
  createStrategyStore,
  openDatabase,
  withdrawCreations,
} from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  closeRedis,
  createEventFeed,
  createEventLog,
  createWorkforce,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  publishControl,
} from '@roleforge/queue';
import { createSteering } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { createAuthenticate } from './authenticate.ts';
import { createWorkBehind } from './behind.ts';
import { docsPages } from './docs/docs-pages.ts';
import { openApiDocument } from './docs/openapi-document.ts';
import { healthPages } from './health.ts';
import { createHttpApp } from './http-app.ts';
import { createIntake } from './intake.ts';
import { createOperatorGate } from './operator/operator-login.ts';
import { BOARD_PATH, queueBoard } from './operator/queue-board.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';
import { createStrategyLookup } from './strategy-lookup.ts';
import { createWithdrawals } from './withdrawals.ts';
import { createWorkforceLookup } from './workforce-lookup.ts';

type ApiConfig = Config & { redisUrl: string; databaseUrl: string };

export type RunningApi = {
  port: number;
  /** Takes no new connections, finishes what was accepted, closes everything. */
  stop(): Promise<void>;
};

/** Slower than this the caller could not be told within two seconds that MySQL is away. */
const DATABASE_PATIENCE_MS = 1_500;
const DATABASE_CONNECTIONS = 10;
/** Longer than a load balancer keeps an idle connection, so that it is never we who close one that it is about to use. */
const KEEP_ALIVE_MS = 75_000;

/** Builds the API and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails. */
export async function startApi(config: ApiConfig, log: Logger): Promise<RunningApi> {
  const clock = () => new Date();
  const opened = nothingOpened();
  const onTrouble = (error: Error) => log.warn('redis trouble', { error });

  try {
    const database = openDatabase({
      url: config.databaseUrl,
      connections: DATABASE_CONNECTIONS,
      patienceMs: DATABASE_PATIENCE_MS,
    });
    opened.add(() => database.close());
    const redis = openRedis(config.redisUrl, 'request', onTrouble);
    opened.add(() => closeRedis(redis));
    const listening = openRedis(config.redisUrl, 'listener');
    opened.add(() => closeRedis(listening));
    const queue = openCreationQueue(redis, config.queuePrefix);
    opened.add(() => queue.close());
    const bulkQueue = openBulkQueue(redis, config.queuePrefix);
    opened.add(() => bulkQueue.close());
    const behind = createWorkBehind(log);
    opened.add(() => behind.stop());

    const withdrawals = createWithdrawals({ withdraw: creations => withdrawCreations(database, creations), log });
    opened.add(() => withdrawals.stop());
    const intake = createIntake({
      commit: submissions => acceptSubmissions(database, submissions),
      enqueue: creations => queue.enqueue(creations),
      onRefused: withdrawals.add,
      log,
    });
    opened.add(() => intake.drain());
    const sources = createSourceStore(database, clock);
    const strategies = createStrategyStore(database, clock);
    const events = createEventLog(redis, config.queuePrefix, clock);
    const tellWorker = (id: CreationId) => publishControl(redis, config.queuePrefix, id);
    const stopping = new AbortController();
    const routes = tenantRoutes({
      database,
      intake,
      queue,
      bulkQueue,
      behind: behind.add,
      steering: createSteering({ database, queue, events, tellWorker, clock }),
      sources,
      strategies,
      knownStrategies: createStrategyLookup(strategies),
      events,
      workforce: createWorkforceLookup(createWorkforce(redis, config.queuePrefix)),
      feed: createEventFeed(listening, config.queuePrefix),
      stopping: stopping.signal,
      clock,
    });
    const app = createHttpApp({
      routes,
      authenticate: createAuthenticate(database, clock),
      health: healthPages(database, redis),
      docs: docsPages(openApiDocument(routes, manifest.version)),
      gate: createOperatorGate(config.adminApiKey, log),
      board: { path: BOARD_PATH, router: queueBoard(queue) },
      log,
    });
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
    const port = await listen(server, config.port);
    opened.add(() => closeServer(server, config.shutdownGraceMs));
    opened.add(async () => stopping.abort());
    log.info('api ready', { port });
    return { port, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`PORT ${port} is taken by another program`, { cause: error }) : error,
      ),
    );
    server.listen(port, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
