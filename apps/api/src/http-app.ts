import { type Logger, METRICS_PATH } from '@roleforge/telemetry';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import type { Authenticate } from './authenticate.ts';
import type { CrossOrigin } from './http/cross-origin.ts';
import { nameFixedRoutes } from './http/fixed-routes.ts';
import { identify } from './http/identify.ts';
import { mountRoutes, serve } from './http/mount.ts';
import { RequestProblem } from './http/problem.ts';
import type { Route } from './http/route.ts';
import { type FixedHeader, setHeaders } from './http/security-headers.ts';
import { nameRoute } from './http/traffic.ts';
import type { RequestRate } from './limits/request-rate.ts';
import type { ApiObserver } from './observer.ts';
import type { OperatorGate } from './operator/operator-login.ts';

type Parts = {
  routes: readonly Route[];
  authenticate: Authenticate;
  requestRate: RequestRate;
  health: Router;
  docs: Router;
  metrics: RequestHandler;
  gate: OperatorGate;
  board: { path: string; router: Router };
  /** The headers of every answer. */
  headers: readonly FixedHeader[];
  crossOrigin: CrossOrigin | undefined;
  /** How many proxies of ours are believed when they say where a request comes from. */
  trustedProxies: number;
  observer: ApiObserver;
  log: Logger;
};

/** The HTTP application. The tenants' calls come first: they are most of the traffic. */
export function createHttpApp(parts: Parts): Express {
  const { routes, authenticate, requestRate, health, docs, metrics, gate, board, headers, crossOrigin } = parts;
  const { trustedProxies, observer, log } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies);
  app.use((_request, response, next) => {
    setHeaders(response, headers);
    next();
  });
  app.use(admitFirst(gate, { observer, log }));
  mountRoutes(app, routes, { authenticate, requestRate, admitOperator: gate.admit, crossOrigin, observer, log });
  app.use((request, response, next) => {
    response.setHeader('X-Request-Id', identify(request).requestId);
    next();
  });
  app.use(nameFixedRoutes);
  app.use(health);
  app.get(METRICS_PATH, metrics);
  app.use(docs);
  app.use(gate.pages);
  app.use(board.path, ...gate.guard, board.router);
  app.use((request, response) =>
    serve(request, response, { observer, log }, async () => {
      throw new RequestProblem('not_found', 'There is nothing at this address.');
    }),
  );
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    serve(request, response, { observer, log }, async () => {
      throw error;
    }),
  );
  return app;
}

const OPERATORS = /^\/admin\/v1(\/|$)/i;

/** Below /admin/v1 nobody but the operator learns even which addresses and methods there are. */
function admitFirst(gate: OperatorGate, told: Pick<Parts, 'observer' | 'log'>): RequestHandler {
  return async (request, response, next) => {
    if (!OPERATORS.test(request.path)) return next();
    const refusal = await gate.admit(request).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (refusal === null) return next();
    nameRoute(response, '/admin/v1');
    await serve(request, response, told, async () => {
      throw refusal.error;
    });
  };
}
