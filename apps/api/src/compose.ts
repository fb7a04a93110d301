import { setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import type { CreationId } from '@roleforge/contracts';
import {
  acceptSubmissions,
  countAccepted,
  createSourceStore,
  createStrategyStore,
  findIdempotentAnswer,
  noteAlone,
  noteKeysUsed,
  openDatabase,
  readTenantTallies,
  withdrawCreations,
} from '@roleforge/db';
import { refusalOf } from '@roleforge/egress';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  closeRedis,
  createEventFeed,
  createEventLog,
  createRateLedger,
  createWorkforce,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  publishControl,
} from '@roleforge/queue';
import { createSourceInvalidator } from '@roleforge/source-cache';
import { createNotifyEnd, createSteering, shareOutTo } from '@roleforge/steering';
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
import { createWelcome } from './following/welcome.ts';
import { createForgetting } from './forget-copies.ts';
import { healthPages } from './health.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { watchRequests } from './http/requests-in-hand.ts';
import { securityHeaders } from './http/security-headers.ts';
import { answerBrokenRequests, SERVER_LIMITS, serverOptions, withOneHost } from './http/server-limits.ts';
import { createHttpApp } from './http-app.ts';
import { createIntake } from './intake.ts';
import { createKeyKeeping } from './key-keeping.ts';
import { createKeyUse } from './key-use.ts';
import { createRequestRate } from './limits/request-rate.ts';
import { createRoomForCreations } from './limits/room-for-creations.ts';
import { createTallyReader } from './limits/tally-reader.ts';
import { createMissingModel } from './missing-model.ts';
import { createReadToken } from './oidc.ts';
import { createLoginAttempts } from './operator/login-attempts.ts';
import { createOperatorGate } from './operator/operator-login.ts';
import { BOARD_PATH, queueBoard } from './operator/queue-board.ts';
import { operatorRoutes } from './routes/operator-routes.ts';
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
    const webhookQueue = openWebhookQueue(redis, config.queuePrefix);
    opened.add(() => webhookQueue.close());
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
    const keyUse = createKeyUse({ write: (ids, at) => noteKeysUsed(database, ids, at), log, clock });
    opened.add(() => keyUse.stop());
    const intake = createIntake({
      commit: submissions => acceptSubmissions(database, submissions),
      enqueue: creations => queue.enqueue(creations),
      onRefused: withdrawals.add,
      log,
    });
    opened.add(() => intake.drain());
    const peppers = config.apiKeyPeppers;
    const authenticate = createAuthenticate({
      database,
      peppers,
      readToken: config.oidc === null ? null : createReadToken({ oidc: config.oidc, database, clock }),
      noteUse: keyUse.note,
      behind: behind.add,
      clock,
    });
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
    const welcome = createWelcome({ database, log, clock });
    const needs: Parameters<typeof tenantRoutes>[0] & Parameters<typeof operatorRoutes>[0] = {
      database,
      intake,
      reserveRoom: createRoomForCreations({
        readTallies: createTallyReader({
          read: (tenantId, now, names) => readTenantTallies(database, tenantId, now, names),
          countAccepted: (tenantId, period) => countAccepted(database, tenantId, period),
        }),
        clock,
      }),
      findAnswer: key => findIdempotentAnswer(database, key),
      queue,
      bulkQueue,
      webhookQueue,
      refusedUrl: url => refusalOf(url, config.webhookTargets),
      events,
      behind: behind.add,
      steering: createSteering({
        database,
        queue,
        events,
        tellWorker,
        notifyEnd: createNotifyEnd(database, webhookQueue),
        clock,
      }),
      sources,
      forgetCopies: forgetting.forget,
      strategies,
      missingModel,
      catalog: config.ai,
      knownStrategies: createStrategyLookup({ strategies, missingModel, clock }),
      workforce: createWorkforceLookup(createWorkforce(redis, config.queuePrefix)),
      readSince,
      follow,
      welcome,
      answerAsPreferred: createAnswerAsPreferred({ follow, welcome, stopping: stopping.signal }),
      stopping: stopping.signal,
      peppers,
      sharesChanged: tenantId => shareOutTo({ database, queue, clock }, tenantId),
      keyKeeping: createKeyKeeping({ database, peppers, clock }),
      clock,
    };
    const routes = [...tenantRoutes(needs), ...operatorRoutes(needs)];
    const logins = createLoginAttempts({
      note: (doer, deed) => noteAlone(database, doer, deed, clock()),
      log,
    });
    opened.add(() => logins.stop());
    const headers = securityHeaders({ behindProxy: config.trustedProxies > 0 });
    const app = createHttpApp({
      routes,
      authenticate,
      health: healthPages(database, redis, leaving.signal),
      docs: docsPages(openApiDocument(routes, manifest.version)),
      gate: createOperatorGate(config.adminApiKey, { logins, log }),
      board: { path: BOARD_PATH, router: queueBoard(queue) },
      headers,
      requestRate: createRequestRate({
        report: createRateLedger(copying, config.queuePrefix),
        now: () => performance.now(),
      }),
      crossOrigin: crossOrigin(config.corsOrigins),
      trustedProxies: config.trustedProxies,
      log,
    });
    const server = createServer(serverOptions(SERVER_LIMITS), withOneHost(app, headers));
    answerBrokenRequests(server, headers);
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
