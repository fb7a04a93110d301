import { setMaxListeners } from 'node:events';
import { noteAlone } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import { createRateLedger } from '@roleforge/queue';
import { createMetricsPage, type Logger } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { type ApiMetrics, createApiObserver, followApi, openApiMetrics } from './api-metrics.ts';
import { createAuthenticate } from './authenticate.ts';
import { openBesideRequests } from './beside-requests.ts';
import { type ApiConfig, openConnections } from './connections.ts';
import { docsPages } from './docs/docs-pages.ts';
import { openApiDocument } from './docs/openapi-document.ts';
import { healthPages } from './health.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { securityHeaders } from './http/security-headers.ts';
import { createHttpApp } from './http-app.ts';
import { openHttpServer } from './http-server.ts';
import { createRequestRate } from './limits/request-rate.ts';
import { metricsHandler } from './metrics-handler.ts';
import { createReadToken } from './oidc.ts';
import { createLoginAttempts } from './operator/login-attempts.ts';
import { createOperatorGate } from './operator/operator-login.ts';
import { BOARD_PATH, queueBoard } from './operator/queue-board.ts';
import { createRouteNeeds } from './route-needs.ts';
import { operatorRoutes } from './routes/operator-routes.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';

export type RunningApi = {
  port: number;
  /** Says that it is not ready any more, serves on while that is noticed, sends its streams elsewhere, finishes what is in hand. */
  stop(): Promise<void>;
};

/**
 * Builds the API and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails.
 * @param metrics where it records what it does; metrics of its own unless its process has some already
 */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  metrics: ApiMetrics = openApiMetrics(),
): Promise<RunningApi> {
  const clock = () => new Date();
  const opened = nothingOpened();
  const leaving = new AbortController();
  const stopping = new AbortController();
  const observer = createApiObserver(metrics);
  setMaxListeners(0, stopping.signal);

  try {
    const { queuePrefix, trustedProxies, apiKeyPeppers: peppers, oidc } = config;
    const connections = await openConnections(config, log, opened);
    const { database, redis, copying, queue } = connections;
    const beside = openBesideRequests({ connections, queuePrefix, observer, log, clock }, opened);
    const needs = createRouteNeeds({ config, connections, beside, stopping: stopping.signal, observer, log, clock });
    const routes = [...tenantRoutes(needs), ...operatorRoutes(needs)];
    const logins = createLoginAttempts({ note: (doer, deed) => noteAlone(database, doer, deed, clock()), log });
    opened.add(() => logins.stop());
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
      health: healthPages(database, redis, leaving.signal),
      docs: docsPages(openApiDocument(routes, manifest.version)),
      metrics: metricsHandler(
        createMetricsPage({
          registry: metrics.registry,
          keys: metricsKeysOf(config),
          onTrouble: error => log.warn('a part of the metrics is left out', { error }),
        }),
      ),
      gate: createOperatorGate(config.adminApiKey, { logins, log }),
      board: { path: BOARD_PATH, router: queueBoard(queue) },
      headers,
      requestRate: createRequestRate({
        report: createRateLedger(copying, queuePrefix),
        now: () => performance.now(),
      }),
      crossOrigin: crossOrigin(config.corsOrigins),
      trustedProxies,
      observer,
      log,
    });
    const { port, traffic } = await openHttpServer(
      { serve: app, headers, config, leaving, stopping, observer },
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
