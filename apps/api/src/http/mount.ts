import type { CreationId, Scope } from '@roleforge/contracts';
import type { Principal } from '@roleforge/domain';
import { inContext, type Logger, type Span, type Tracing, traceIdOf, type WorkContext } from '@roleforge/telemetry';
import { type Express, type Request, type RequestHandler, type Response, Router } from 'express';
import type { RequestRate } from '../limits/request-rate.ts';
import type { ApiObserver } from '../observer.ts';
import { type Admitted, requireOperator } from '../operator/operator-gate.ts';
import { logAccess, requestIdFor } from './access-log.ts';
import type { CrossOrigin } from './cross-origin.ts';
import { givenTraceparent, newTraceparent, type RequestIdentity } from './identify.ts';
import { RequestProblem, toRequestProblem } from './problem.ts';
import { readInput } from './read-input.ts';
import { remoteAddressOf } from './remote-address.ts';
import type { Route } from './route.ts';
import { send, sendProblem } from './send.ts';
import { nameRoute } from './traffic.ts';

type Needs = {
  authenticate: (authorization: string | undefined) => Promise<Principal>;
  /** Lets the operator, and those who may look, through. @throws RequestProblem for everyone else */
  admitOperator: (request: Request) => Promise<Admitted>;
  /** What pages of other origins may do with the tenants' calls; the operator's are never theirs. */
  crossOrigin: CrossOrigin | undefined;
  requestRate: RequestRate;
  observer: Pick<ApiObserver, 'refused'>;
  tracing: Tracing;
  log: Logger;
};

/**
 * Serves the routes: each request gets an identity, is authenticated and counted before anything of it is read, is parsed by its
 * route's schemas, handled, answered, and leaves one line in the log.
 */
export function mountRoutes(app: Express, routes: readonly Route[], needs: Needs): void {
  const router = Router({ caseSensitive: true, strict: false });
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    const across = needs.crossOrigin === undefined || route.audience === 'operator' ? [] : [needs.crossOrigin.answer];
    router[route.method](path, named(route.path), ...across, (request, response) =>
      serve(
        request,
        response,
        needs,
        (identity, logged) => call(route, request, response, needs, identity, logged),
        route.path,
      ),
    );
  }
  for (const path of new Set(routes.map(route => route.path))) {
    const here = routes.filter(route => route.path === path);
    const methods = here.map(route => route.method.toUpperCase());
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    if (needs.crossOrigin !== undefined && here.every(route => route.audience !== 'operator'))
      router.options(pattern, named(path), needs.crossOrigin.preflight(methods));
    router.all(pattern, named(path), (request, response) =>
      serve(
        request,
        response,
        needs,
        async () => {
          throw new RequestProblem('method_not_allowed', `${request.method} is not served here.`, {
            headers: { Allow: allowed.join(', ') },
          });
        },
        path,
      ),
    );
  }
  app.use(router);
}

/** What the metrics call it; also what is refused before it is read. */
function named(path: string): RequestHandler {
  return (_request, response, next) => {
    nameRoute(response, path);
    next();
  };
}

async function call(
  route: Route,
  request: Request,
  response: Response,
  needs: Needs,
  { requestId, traceparent }: RequestIdentity,
  logged: WorkContext,
): Promise<void> {
  const asked = { requestId, traceparent, remoteAddress: remoteAddressOf(request) };
  if (route.audience === 'operator') {
    const { role, actor } = await needs.admitOperator(request);
    if (!route.forViewers) requireOperator(role);
    const input = await readInput(route, request, response);
    return send(request, response, await route.handle(input, { actor, ...asked }));
  }
  if (route.audience === 'open')
    return send(request, response, await route.handle(await readInput(route, request, response)));
  const principal = await needs.authenticate(request.headers.authorization);
  logged.tenantId = principal.tenantId;
  if (request.params.creationId !== undefined) logged.creationId = request.params.creationId as CreationId;
  const counted = needs.requestRate(principal);
  if (counted !== null) {
    for (const name in counted.headers) response.setHeader(name, counted.headers[name] as string);
    if (counted.refusal !== null) throw counted.refusal;
  }
  requireScope(route.scope, principal);
  const input = await readInput(route, request, response);
  return send(request, response, await route.handle(input, { ...principal, ...asked }));
}

function requireScope(scope: Scope | null, { scopes }: Principal): void {
  if (scope !== null && !scopes.includes(scope))
    throw new RequestProblem('forbidden', `This needs a key with the scope ${scope}.`);
}

/**
 * Runs `work` for a request under its identity; whatever it throws becomes the answer. Then the request has its line in the log.
 * @param route the template of the route, if the request has come to one
 */
export function serve(
  request: Request,
  response: Response,
  { observer, log, tracing }: Pick<Needs, 'observer' | 'log' | 'tracing'>,
  work: (identity: RequestIdentity, logged: WorkContext) => Promise<void>,
  route?: string,
): Promise<void> {
  const requestId = requestIdFor(request, response);
  const given = givenTraceparent(request);
  const startedAt = performance.now();
  response.setHeader('X-Request-Id', requestId);
  const { method } = request;
  const fields = { 'http.request.method': method, 'http.route': route, 'roleforge.request.id': requestId };
  const name = route === undefined ? method : `${method} ${route}`;
  return tracing.span(name, { kind: 'server', parent: given, fields }, span => {
    const traceparent = span.traceparent ?? given ?? newTraceparent();
    const logged: WorkContext = { requestId, traceId: traceIdOf(traceparent) };
    return inContext(logged, async () => {
      let failure: RequestProblem | undefined;
      try {
        await work({ requestId, traceparent }, logged);
      } catch (error) {
        failure = toRequestProblem(error);
        observer.refused(failure.code);
        await sendProblem(request, response, failure, requestId);
      }
      logAccess(log, request, response, { startedAt, route, failure });
      tellOf(span, response.statusCode, failure?.code, logged);
    });
  });
}

/**
 * What the span of a request has to say when it was answered: nothing out of its path, in which anything may stand. That a client has
 * erred is no error of the server's.
 */
function tellOf(span: Span, status: number, code: string | undefined, { tenantId }: WorkContext): void {
  span.set({
    'http.response.status_code': status,
    'roleforge.problem.code': code,
    'roleforge.tenant.id': tenantId,
  });
  if (status >= 500) span.fail(code ?? String(status));
}
