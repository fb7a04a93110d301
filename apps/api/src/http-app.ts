import { type Logger, METRICS_PATH, type Tracing } from '@roleforge/telemetry';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { Authenticate } from './authenticate.ts';
import { watchAccess } from './http/access-log.ts';
import type { CrossOrigin } from './http/cross-origin.ts';
import { nameFixedRoutes } from './http/fixed-routes.ts';
import { mountRoutes, serve } from './http/mount.ts';
import { RequestProblem } from './http/problem.ts';
import type { Route } from './http/route.ts';
import { type FixedHeader, setHeaders } from './http/security-headers.ts';
import { nameRoute } from './http/traffic.ts';
import type { RequestRate } from './limits/request-rate.ts';
import type { ApiObserver } from './observer.ts';
import { type OperatorGate, requireOperator } from './operator/operator-gate.ts';

type Parts = {
  routes: readonly Route[];
  authenticate: Authenticate;
  requestRate: RequestRate;
  health: Router;
  docs: Router;
  metrics: RequestHandler;
  status: Router;
  gate: OperatorGate;
  login: Router;
  board: { path: string; router: Router };
  /** The headers of every answer. */
  headers: readonly FixedHeader[];
  crossOrigin: CrossOrigin | undefined;
  /** How many proxies of ours are believed when they say where a request comes from. */
  trustedProxies: number;
  observer: ApiObserver;
  tracing: Tracing;
  log: Logger;
};

/** The HTTP application. The tenants' calls come first: they are most of the traffic. */
export function createHttpApp(parts: Parts): Express {
  const { routes, authenticate, requestRate, health, docs, metrics, status, gate, login, board } = parts;
  const { headers, crossOrigin, trustedProxies, observer, tracing, log } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies);
  const watch = watchAccess(log);
  app.use((request, response, next) => {
    setHeaders(response, headers);
    // Answered for pages of other origins by what knows nothing of the log.
    if (request.method === 'OPTIONS') watch(request, response, next);
    else next();
  });
  app.use(admitFirst(gate, parts));
  const admitOperator = gate.admit;
  mountRoutes(app, routes, { authenticate, requestRate, admitOperator, crossOrigin, observer, tracing, log });
  app.use(watch);
  app.use(nameFixedRoutes);
  app.use(health);
  app.get(METRICS_PATH, metrics);
  app.use(docs);
  app.use(status);
  app.use(login);
  app.use(board.path, gate.guard, board.router);
  app.use((request, response) =>
    serve(request, response, parts, async () => {
      throw new RequestProblem('not_found', 'There is nothing at this address.');
    }),
  );
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    serve(request, response, parts, async () => {
      throw error;
    }),
  );
  return app;
}

const OPERATORS = /^\/admin\/v1(\/|$)/i;

/** Below /admin/v1 nobody but the operator, and those who may look, learns even which addresses and methods there are. */
function admitFirst(gate: OperatorGate, needs: Pick<Parts, 'observer' | 'log' | 'tracing'>): RequestHandler {
  async function admitOrRefuse(request: Request, response: Response, next: NextFunction): Promise<void> {
    const refusal = await admitted(gate, request).catch((error: unknown) => ({ error }));
    if (refusal === null) return next();
    nameRoute(response, '/admin/v1');
    await serve(request, response, needs, async () => {
      throw refusal.error;
    });
  }
  // All calls of tenants pass here, and wait for nothing.
  return (request, response, next) => (OPERATORS.test(request.path) ? admitOrRefuse(request, response, next) : next());
}

/** @returns null where the request may go on. @throws RequestProblem */
async function admitted(gate: OperatorGate, request: Request): Promise<null> {
  const { role } = await gate.admit(request);
  if (request.method !== 'GET' && request.method !== 'HEAD') requireOperator(role);
  return null;
}
