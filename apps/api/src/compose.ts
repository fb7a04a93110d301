import { setMaxListeners } from 'node:events';
import { noteAlone } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  createLogLevels,
  createRateLedger,
  createSessionStore,
  followLogLevel,
  openBoardQueues,
} from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
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
import { createBoardDeeds } from './operator/board-deeds.ts';
import { createLoginAttempts } from './operator/login-attempts.ts';
import { createOperatorGate } from './operator/operator-gate.ts';
import { loginPages } from './operator/operator-login.ts';
import { BOARD_PATH, queueBoard } from './operator/queue-board.ts';
import { createSessions } from './operator/sessions.ts';
import { createRouteNeeds } from './route-needs.ts';
import { operatorRoutes } from './routes/operator-routes.ts';
import { tenantRoutes } from './routes/tenant-routes.ts';

export type RunningApi = {
  port: number;
  /** Says that it is not ready any more, serves on while that is noticed, sends its streams elsewhere, finishes what is in hand. */
  stop(): Promise<void>;
};

/** Builds the API and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails. */
export async function startApi(config: ApiConfig, log: Logger): Promise<RunningApi> {
  const clock = () => new Date();
  const opened = nothingOpened();
  const leaving = new AbortController();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);

  try {
    const { queuePrefix, trustedProxies, apiKeyPeppers: peppers, oidc } = config;
    const connections = await openConnections(config, log, opened);
    const { database, redis, copying } = connections;
    const levels = followLogLevel({
      levels: createLogLevels(redis, queuePrefix),
      service: 'api',
      apply: level => log.setLevel(level),
    });
    opened.add(levels.stop);
    const beside = openBesideRequests({ connections, queuePrefix, log, clock }, opened);
    const needs = createRouteNeeds({ config, connections, beside, stopping: stopping.signal, log, clock });
    const routes = [...tenantRoutes(needs), ...operatorRoutes(needs)];
    const logins = createLoginAttempts({ note: (doer, deed) => noteAlone(database, doer, deed, clock()), log });
    opened.add(() => logins.stop());
    const keys = { operator: config.adminApiKey, viewer: config.viewerApiKey };
    const sessions = createSessions({ store: createSessionStore(redis, queuePrefix), keys, now: Date.now });
    const boardQueues = openBoardQueues(redis, queuePrefix);
    opened.add(() => boardQueues.close());
    const deeds = createBoardDeeds({ ...needs, readJob: boardQueues.readData });
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
      gate: createOperatorGate({ keys, sessions, log }),
      login: loginPages({ keys, sessions, logins, home: BOARD_PATH, log }),
      board: { path: BOARD_PATH, router: queueBoard({ openQueues: () => boardQueues, deeds }) },
      headers,
      requestRate: createRequestRate({
        report: createRateLedger(copying, queuePrefix),
        now: () => performance.now(),
      }),
      crossOrigin: crossOrigin(config.corsOrigins),
      trustedProxies,
      log,
    });
    const onRefused = (refused: object) => log.info('request refused unread', { ...refused });
    const port = await openHttpServer({ serve: app, headers, onRefused, config, leaving, stopping }, opened);
    log.info('api ready', { port });
    return { port, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}
