import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import type { CreationId } from '@roleforge/contracts';
import {
  acceptSubmissions,
  createSourceStore,
  createStrategyStore,
  findIdempotentAnswer,
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
import { createSourceInvalidator } from '@roleforge/source-cache';
import { createSteering } from '@roleforge/steering';
import type { Logger } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { createAuthenticate } from './authenticate.ts';
import { createWorkBehind } from './behind.ts';
import { docsPages } from './docs/docs-pages.ts';
import { openApiDocument } from './docs/openapi-document.ts';
import { createReadSince } from './following/creation-story.ts';
import { createAnswerAsPreferred } from './following/finished-in-time.ts';
import { createFollow } from './following/follow.ts';
import { createRounds } from './following/rounds.ts';
import { createForgetting } from './forget-copies.ts';
import { healthPages } from './health.ts';
import { watchRequests } from './http/requests-in-hand.ts';
import { createHttpApp } from './http-app.ts';
import { createIntake } from './intake.ts';
import { createMissingModel } from './missing-model.ts';
import { createOperatorGate } from './operator/operator-login.ts';
import { BOARD_PATH, queueBoard } from './operator/queue-board.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';
import { createStrategyLookup } from './strategy-lookup.ts';
import { createWithdrawals } from './withdrawals.ts';
import { createWorkforceLookup } from './workforce-lookup.ts';

type ApiConfig = Config & { redisUrl: string; databaseUrl: string };

export type RunningApi = {
  port: number;
  /** Says that it is not ready any more, serves on while that is noticed, sends its streams elsewhere, finishes what is in hand. */
  stop(): Promise<void>;
};

/** Slower than this the caller could not be told within two seconds that MySQL is away. */
const DATABASE_PATIENCE_MS = 1_500;
const DATABASE_CONNECTIONS = 10;
/** How long a stream goes at most without a sign of life, and a silent one without a look at log and ledger. */
const FOLLOWERS_ROUND_MS = 15_000;
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
    // The first caller is not to wait for the first connection; while MySQL is away, callers are told so.
    await database.ping().catch(error => log.warn('MySQL does not answer yet', { error }));
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

    const copying = openRedis(config.redisUrl, 'cache');
    opened.add(() => closeRedis(copying));
    const invalidator = createSourceInvalidator({ redis: copying, prefix: config.queuePrefix });
    opened.add(() => invalidator.close());
    const forgetting = createForgetting({ invalidator, behind: behind.add });
    opened.add(() => forgetting.stop());

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
    const missingModel = createMissingModel(config.ai);
    const events = createEventLog(redis, config.queuePrefix, clock);
    const tellWorker = (id: CreationId) => publishControl(redis, config.queuePrefix, id);
    const leaving = new AbortController();
    const stopping = new AbortController();
    setMaxListeners(0, stopping.signal);
    const readSince = createReadSince(database, events);
    const follow = createFollow({
      feed: createEventFeed(listening, config.queuePrefix, onTrouble),
      readSince,
      rounds: createRounds(FOLLOWERS_ROUND_MS),
    });
    const routes = tenantRoutes({
      database,
      intake,
      findAnswer: key => findIdempotentAnswer(database, key),
      queue,
      bulkQueue,
      events,
      behind: behind.add,
      steering: createSteering({ database, queue, events, tellWorker, clock }),
      sources,
      forgetCopies: forgetting.forget,
      strategies,
      missingModel,
      catalog: config.ai,
      knownStrategies: createStrategyLookup({ strategies, missingModel, clock }),
      workforce: createWorkforceLookup(createWorkforce(redis, config.queuePrefix)),
      readSince,
      follow,
      answerAsPreferred: createAnswerAsPreferred(follow, stopping.signal),
      stopping: stopping.signal,
      clock,
    });
    const app = createHttpApp({
      routes,
      authenticate: createAuthenticate(database, clock),
      health: healthPages(database, redis, leaving.signal),
      docs: docsPages(openApiDocument(routes, manifest.version)),
      gate: createOperatorGate(config.adminApiKey, log),
      board: { path: BOARD_PATH, router: queueBoard(queue) },
      log,
    });
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
    const requests = watchRequests(server);
    const port = await listen(server, config.port);
    opened.add(() => requests.finish(config.shutdownGraceMs));
    // Streams stay until those who route requests have had the time to look: sent away before, they would be led back here.
    opened.add(() => stopping.abort());
    opened.add(() => requests.retire(config.shutdownDelayMs));
    opened.add(() => leaving.abort());
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
