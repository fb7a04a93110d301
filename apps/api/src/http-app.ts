import type { Logger } from '@roleforge/telemetry';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { Authenticate } from './authenticate.ts';
import { identify } from './http/identify.ts';
import { mountRoutes, serve } from './http/mount.ts';
import { RequestProblem } from './http/problem.ts';
import type { Route } from './http/route.ts';
import type { OperatorGate } from './operator/operator-login.ts';

type Parts = {
  routes: readonly Route[];
  authenticate: Authenticate;
  health: Router;
  docs: Router;
  gate: OperatorGate;
  board: { path: string; router: Router };
  log: Logger;
};

/** The HTTP application. The tenants' calls come first: they are most of the traffic. */
export function createHttpApp({ routes, authenticate, health, docs, gate, board, log }: Parts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  mountRoutes(app, routes, { authenticate, log });
  app.use((request, response, next) => {
    response.setHeader('X-Request-Id', identify(request).requestId);
    next();
  });
  app.use(health);
  app.use(docs);
  app.use(gate.pages);
  app.use(board.path, ...gate.guard, board.router);
  app.use((request, response) =>
    serve(request, response, { log }, async () => {
      throw new RequestProblem('not_found', 'There is nothing at this address.');
    }),
  );
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    serve(request, response, { log }, async () => {
      throw error;
    }),
  );
  return app;
}
