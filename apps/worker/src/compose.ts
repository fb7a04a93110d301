import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import { type CreationId, JOBS } from '@roleforge/contracts';
import {
  createAttemptLedger,
  createModelCallStore,
  createSourceStore,
  createStrategyStore,
  findRole,
  openDatabase,
} from '@roleforge/db';
import { openEgress } from '@roleforge/egress';
import { nothingOpened } from '@roleforge/lifecycle';
import { countTokens } from '@roleforge/prompts';
import {
  closeRedis,
  createEventLog,
  createWorkforce,
  listenForControl,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  pingRedis,
  publishControl,
  startBulkConsumer,
  startCreationConsumer,
  startMaintenance,
} from '@roleforge/queue';
import { openSourceCache } from '@roleforge/source-cache';
import { createNotifyEnd, createSteering, runBulk } from '@roleforge/steering';
import { createMetricsPage, type Logger } from '@roleforge/telemetry';
import { createProviderGate, createWriter } from '@roleforge/writer';
import { createAnnouncer } from './announce.ts';
import { startAttemptOrders } from './attempt-orders.ts';
import { createRoleHandler } from './create-role.ts';
import { startHealthServer } from './health-server.ts';
import { type Presence, startPresence } from './presence.ts';
import { PRUNE_EVERY_MS, prune } from './prune.ts';
import { createReadiness, whileAnswering } from './readiness.ts';
import { reconcile } from './reconcile.ts';
import { rememberCounts } from './remember-counts.ts';
import { SHARE_OUT_EVERY_MS, shareOut } from './share-out.ts';
import { startDeliveries } from './start-deliveries.ts';
import {
  createModelCallObserver,
  createWorkerObserver,
  followWorker,
  openWorkerMetrics,
  type WorkerMetrics,
} from './worker-metrics.ts';

type WorkerConfig = Config & { redisUrl: string; databaseUrl: string };

export type RunningWorker = {
  /** Where it answers health checks; null where it answers none. */
  healthPort: number | null;
  /** Finishes what is in hand within the grace, hands back the rest, closes everything. */
  stop(): Promise<void>;
};

/** Most attempts wait for the model, not for MySQL, so a few connections serve many of them. */
const connectionsFor = (concurrency: number) => Math.max(5, Math.min(20, Math.ceil(concurrency / 5)));

/**
 * Builds a worker and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails.
 * @param metrics where it records what it does; metrics of its own unless its process has some already
 */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  metrics: WorkerMetrics = openWorkerMetrics(),
): Promise<RunningWorker> {
  const { creationRetentionMs } = config;
  const clock = () => new Date();
  const opened = nothingOpened();
  const observer = createWorkerObserver(metrics);
  const onTrouble = (error: Error) => log.warn('redis trouble', { error });
  const onError = (error: Error) => log.error('queue error', { error });

  try {
    const database = openDatabase({
      url: config.databaseUrl,
      connections: connectionsFor(config.workerConcurrency),
      patienceMs: 5_000,
    });
    opened.add(() => database.close());
    const taking = openRedis(config.redisUrl, 'worker', onTrouble);
    opened.add(() => closeRedis(taking));
    const telling = openRedis(config.redisUrl, 'request');
    opened.add(() => closeRedis(telling));
    await database.ping();

    const listening = openRedis(config.redisUrl, 'listener');
    opened.add(() => closeRedis(listening));

    const copying = openRedis(config.redisUrl, 'cache');
    opened.add(() => closeRedis(copying));
    const sources = openSourceCache({
      reader: createSourceStore(database, clock),
      redis: copying,
      listening,
      prefix: config.queuePrefix,
      clock,
    });
    opened.add(() => sources.close());

    const ledger = createAttemptLedger(database, clock);
    const events = createEventLog(telling, config.queuePrefix, clock);
    // As events: while Redis is away nobody waits for it with the end of a creation.
    const webhookQueue = openWebhookQueue(telling, config.queuePrefix, onError);
    opened.add(() => webhookQueue.close());
    const notifyEnd = createNotifyEnd(database, webhookQueue);
    const announce = createAnnouncer(events, ledger, notifyEnd, log, observer.ended);
    let presence: Presence | null = null;
    const readiness = createReadiness(
      {
        mysql: whileAnswering(() => database.ping(), clock),
        redis: whileAnswering(() => pingRedis(telling), clock),
        consuming: async () => presence?.finding() ?? null,
      },
      clock,
    );
    let inHand = () => 0;
    followWorker(metrics, {
      database,
      readiness,
      concurrency: config.workerConcurrency,
      inHand: () => inHand(),
    });
    let healthPort: number | null = null;
    if (config.workerHealthPort !== null) {
      const page = createMetricsPage({
        registry: metrics.registry,
        keys: config.metricsApiKey === null ? [] : [config.metricsApiKey],
      });
      const health = await startHealthServer(config.workerHealthPort, { readiness, metrics: page });
      opened.add(() => closeServer(health));
      healthPort = (health.address() as AddressInfo).port;
    }

    const queue = openCreationQueue(taking, config.queuePrefix, onError);
    opened.add(() => queue.close());
    const bulkQueue = openBulkQueue(taking, config.queuePrefix, onError);
    opened.add(() => bulkQueue.close());
    const maintenance = await startMaintenance({
      redis: taking,
      prefix: config.queuePrefix,
      jobs: [
        {
          job: JOBS.reconcile,
          everyMs: config.reconcileMs,
          run: async signal => {
            const startedAt = performance.now();
            const needs = { database, queue, bulkQueue, webhookQueue, announce, log, clock };
            observer.reconciled(await reconcile(needs, signal), performance.now() - startedAt);
          },
        },
        {
          job: JOBS.prune,
          everyMs: PRUNE_EVERY_MS,
          run: signal => prune({ database, queue, events, creationRetentionMs, log, clock }, signal),
        },
        {
          job: JOBS.shareOut,
          everyMs: SHARE_OUT_EVERY_MS,
          run: () => shareOut({ database, queue, webhookQueue, log, clock }),
        },
      ],
      onError,
    });
    opened.add(() => maintenance.stop());

    const tellWorker = (id: CreationId) => publishControl(telling, config.queuePrefix, id);
    const steering = createSteering({ database, queue, events, tellWorker, notifyEnd, onEnd: observer.ended, clock });
    const bulks = startBulkConsumer({
      redis: taking,
      prefix: config.queuePrefix,
      handle: async ({ tenantId, bulkId }, signal) =>
        void (await runBulk({ database, steering, clock }, tenantId, bulkId, signal)),
      onError,
    });
    opened.add(() => bulks.stop());

    const gate = createProviderGate({
      redis: telling,
      prefix: config.queuePrefix,
      catalog: config.ai ?? { providers: [], models: [] },
      clock,
      random: Math.random,
      onTrouble: error => log.warn('the limits of AI providers are not kept: Redis does not answer', { error }),
    });
    const orders = startAttemptOrders({ ledger, onError: error => log.debug('orders not read', { error }) });
    opened.add(() => orders.stop());
    listenForControl(listening, config.queuePrefix, orders.look, onError);
    const egress = openEgress({ targets: config.webhookTargets });
    opened.add(() => egress.close());
    const deliveries = await startDeliveries({
      database,
      redis: taking,
      prefix: config.queuePrefix,
      wayOut: egress,
      observer,
      log,
      clock,
      onError,
    });
    const consumer = startCreationConsumer({
      redis: taking,
      prefix: config.queuePrefix,
      concurrency: config.workerConcurrency,
      lockMs: config.workerLockMs,
      handle: createRoleHandler({
        ledger,
        strategies: createStrategyStore(database, clock),
        roles: { readVersion: (tenantId, roleId, version) => findRole(database, tenantId, roleId, version) },
        sources,
        countTokens: rememberCounts(countTokens),
        writer: createWriter({
          ai: config.ai,
          calls: createModelCallStore(database),
          gate,
          callTimeoutMs: config.aiTimeoutMs,
          onCall: createModelCallObserver(metrics),
          clock,
        }),
        announce,
        orders,
        observer,
        log,
        random: Math.random,
        clock,
      }),
      onInvalid: (id, error) => log.error('job with an unreadable payload', { jobId: id, error }),
      onLost: ({ message }) =>
        log.warn('jobs in hand are no longer ours: Redis lost them, or another worker has them', {
          complaint: message,
        }),
      onError,
    });
    // Side by side: what is in hand of both has the same grace.
    opened.add(() => Promise.all([consumer.stop(config.shutdownGraceMs), deliveries.stop(config.shutdownGraceMs)]));
    await consumer.ready();
    presence = startPresence({
      workforce: createWorkforce(telling, config.queuePrefix),
      consumer,
      concurrency: config.workerConcurrency,
      clock,
    });
    opened.add(presence.stop);
    inHand = consumer.running;
    readiness.started();
    opened.add(readiness.stopping);
    const writer = config.ai?.models[0]?.model ?? 'template';
    log.info('worker ready', { concurrency: config.workerConcurrency, writer, healthPort });
    return { healthPort, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
}
