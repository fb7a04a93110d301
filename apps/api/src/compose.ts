import { setMaxListeners } from 'node:events';
import { noteAlone } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import { createRateLedger } from '@roleforge/queue';
import { type Logger, openTracing } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
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

/** How long the stop waits at most for the last traces to be taken, in milliseconds. */
const TRACES_PATIENCE_MS = 2_000;

/** Builds the API and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails. */
export async function startApi(config: ApiConfig, log: Logger): Promise<RunningApi> {
  const clock = () => new Date();
  const opened = nothingOpened();
  const leaving = new AbortController();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);

  try {
    const { queuePrefix, trustedProxies, apiKeyPeppers: peppers, oidc } = config;
    const patienceMs = Math.min(TRACES_PATIENCE_MS, config.shutdownGraceMs);
    const tracing = await openTracing(config.traces, { service: 'api', version: manifest.version, log, patienceMs });
    opened.add(() => tracing.close());
    const connections = await openConnections(config, { tracing, log }, opened);
    const { database, redis, copying, queue } = connections;
    const beside = openBesideRequests({ connections, queuePrefix, tracing, log, clock }, opened);
    const needs = createRouteNeeds({ config, connections, beside, stopping: stopping.signal, log, clock });
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
      gate: createOperatorGate(config.adminApiKey, { logins, log }),
      board: { path: BOARD_PATH, router: queueBoard(queue) },
      headers,
      requestRate: createRequestRate({
        report: createRateLedger(copying, queuePrefix),
        now: () => performance.now(),
      }),
      crossOrigin: crossOrigin(config.corsOrigins),
      trustedProxies,
      tracing,
      log,
    });
    const port = await openHttpServer({ serve: app, headers, config, leaving, stopping }, opened);
    log.info('api ready', { port });
    return { port, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}
