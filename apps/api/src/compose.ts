import { setMaxListeners } from 'node:events';
import { nothingOpened } from '@roleforge/lifecycle';
import { createLogLevels, createRateLedger, followLogLevel, openAllQueues } from '@roleforge/queue';
import { createMetricsPage, type Logger, openTracing } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { type ApiMetrics, createApiObserver, followApi, openApiMetrics } from './api-metrics.ts';
import { createAuthenticate } from './authenticate.ts';
import { openBesideRequests } from './beside-requests.ts';
import { type ApiConfig, DATABASE_PATIENCE_MS, openConnections } from './connections.ts';
import { docsPages } from './docs/docs-pages.ts';
import { openApiDocument } from './docs/openapi-document.ts';
import { healthPages } from './health.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { RefusedUnread } from './http/server-limits.ts';
import { createHttpApp } from './http-app.ts';
import { openHttpServer } from './http-server.ts';
import { createRequestRate } from './limits/request-rate.ts';
import { metricsHandler } from './metrics-handler.ts';
import { createReadToken } from './oidc.ts';
import { openBoard } from './operator/open-board.ts';
import { createRouteNeeds } from './route-needs.ts';
import { operatorRoutes } from './routes/operator-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';
import { statusPage } from './status/status-page.ts';
import { openSystem } from './system/open-system.ts';

export type RunningApi = {
  port: number;
  /** Says that it is not ready any more, serves on while that is noticed, sends its streams elsewhere, finishes what is in hand. */
  stop(): Promise<void>;
};

/** How long the stop waits at most for the last traces to be taken, in milliseconds. */
const TRACES_PATIENCE_MS = 2_000;

/**
 * Builds the API and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails.
 * @param metrics where it records what it does; metrics of its own unless its process has some already
 * @param databasePatienceMs how long MySQL may take for an answer before the caller is told that it is away, in milliseconds
 */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  metrics: ApiMetrics = openApiMetrics(),
  databasePatienceMs: number = DATABASE_PATIENCE_MS,
): Promise<RunningApi> {
  const clock = () => new Date();
  const opened = nothingOpened();
  const leaving = new AbortController();
  const stopping = new AbortController();
  const observer = createApiObserver(metrics);
  setMaxListeners(0, stopping.signal);

  try {
    const { queuePrefix, trustedProxies, apiKeyPeppers: peppers, oidc } = config;
    const { version } = manifest;
    const patienceMs = Math.min(TRACES_PATIENCE_MS, config.shutdownGraceMs);
    const tracing = await openTracing(config.traces, { service: 'api', version, log, patienceMs });
    opened.add(() => tracing.close());
    const connections = await openConnections(config, { tracing, log, databasePatienceMs }, opened);
    const { database, looking, redis, copying } = connections;
    const levels = followLogLevel({
      levels: createLogLevels(redis, queuePrefix),
      service: 'api',
      apply: level => log.setLevel(level),
    });
    opened.add(levels.stop);
    const queues = openAllQueues(redis, queuePrefix);
    opened.add(() => queues.close());
    const whole = openSystem({ config, connections, queues, stopping: stopping.signal, version, log, clock }, opened);
    const beside = openBesideRequests({ connections, queuePrefix, observer, tracing, log, clock }, opened);
    const intake = whole.acceptTimes.timed(beside.intake);
    const needs = createRouteNeeds({
      ...{ config, connections, stopping: stopping.signal, observer, log, clock },
      beside: { ...beside, intake },
    });
    const routes = [...tenantRoutes(needs), ...operatorRoutes(needs), ...statusRoutes(whole)];
    const { gate, login, board } = openBoard({ config, connections, needs, queues, log }, opened);
    const headers = securityHeaders({ behindProxy: trustedProxies > 0 });
    const app = createHttpApp({
      routes,
      authenticate: createAuthenticate({
        database,
        peppers,
        readToken: oidc === null ? null : createReadToken({ oidc, database, clock }),
        noteUse: beside.noteKeyUse,
        behind: beside.behind,
        clock,
      }),
      health: healthPages(looking, redis, leaving.signal),
      docs: docsPages(openApiDocument(routes, version)),
      metrics: metricsHandler(
        createMetricsPage({
          registry: metrics.registry,
          more: whole.systemMetrics,
          keys: metricsKeysOf(config),
          onTrouble: error => log.warn('a part of the metrics is left out', { error }),
        }),
      ),
      status: statusPage(whole.system.seen),
      gate,
      login,
      board,
      headers,
      requestRate: createRequestRate({
        report: createRateLedger(copying, queuePrefix),
        now: () => performance.now(),
      }),
      crossOrigin: crossOrigin(config.corsOrigins),
      trustedProxies,
      observer,
      tracing,
      log,
    });
    const onRefused = (refused: RefusedUnread) => {
      observer.refused(refused.code);
      log.info('request refused unread', { ...refused });
    };
    const { port, traffic } = await openHttpServer(
      { serve: app, headers, onRefused, config, leaving, stopping, observer },
      opened,
    );
    followApi(metrics, { intake: beside.intake, traffic, database });
    log.info('api ready', { port });
    return { port, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

/** Where a key is set for the metrics, the admin key opens them too; where none is, they are open. */
function metricsKeysOf({ metricsApiKey, adminApiKey }: ApiConfig): string[] {
  return metricsApiKey === null ? [] : [metricsApiKey, adminApiKey].filter(key => key !== null);
}
