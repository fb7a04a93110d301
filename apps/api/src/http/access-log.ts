import { inContext, type Logger, type WorkContext } from '@roleforge/telemetry';
import type { NextFunction, Request, Response } from 'express';
import { requestIdOf } from './identify.ts';
import type { RequestProblem } from './problem.ts';

/** How a request went: since when, by `performance.now()`; by which line of the route table; and what was wrong, if anything was. */
export type Served = { startedAt: number; route?: string | undefined; failure?: RequestProblem | undefined };

/** Requests that have their line. */
const logged = new WeakSet<Response>();

/** Asked every few seconds by whoever looks after the process: nobody wants to read that all is well. */
const QUIET = new Set(['/livez', '/readyz', '/metrics']);

/** One line for a request. Its path may hold ids and names, and never the query; `bytes` are the body's, where they are known beforehand. */
export function logAccess(log: Logger, request: Request, response: Response, served: Served): void {
  const { startedAt, route, failure } = served;
  logged.add(response);
  const ms = Math.round((performance.now() - startedAt) * 10) / 10;
  const path = route === undefined ? pathOf(request) : request.path;
  const status = response.statusCode;
  const length = response.getHeader('Content-Length');
  const bytes = length === undefined ? undefined : Number(length);
  const fields = { method: request.method, path, route, status, ms, bytes, code: failure?.code };
  if (failure?.code === 'internal_error') log.error('request failed', { ...fields, error: failure.cause });
  else if (failure?.code === 'unavailable') log.warn('request refused', { ...fields, error: failure.cause });
  else if (status < 400 && QUIET.has(path)) log.debug('request', fields);
  else log.info('request', fields);
}

/** Gives a request that no line of the route table serves its identity, and, when it is over, its line, if it has none by then. */
export function watchAccess(log: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    const requestId = requestIdFor(request, response);
    const context: WorkContext = { requestId };
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      if (!logged.has(response)) inContext(context, () => logAccess(log, request, response, { startedAt }));
    });
    inContext(context, next);
  };
}

/** The id of a request: the same each time it is asked for. */
export function requestIdFor(request: Request, response: Response): string {
  response.locals.requestId ??= requestIdOf(request);
  return response.locals.requestId as string;
}

function pathOf({ originalUrl }: Request): string {
  const query = originalUrl.indexOf('?');
  return query === -1 ? originalUrl : originalUrl.slice(0, query);
}
