import type { Actor, CreationId, Scope } from '@roleforge/contracts';
import type { Principal } from '@roleforge/domain';
import { inContext, type Logger, type WorkContext } from '@roleforge/telemetry';
import { type Express, type Request, type RequestHandler, type Response, Router } from 'express';
import type { RequestRate } from '../limits/request-rate.ts';
import type { ApiObserver } from '../observer.ts';
import type { CrossOrigin } from './cross-origin.ts';
import { identify, type RequestIdentity } from './identify.ts';
import { RequestProblem, toRequestProblem } from './problem.ts';
import { readInput } from './read-input.ts';
import { remoteAddressOf } from './remote-address.ts';
import type { Route } from './route.ts';
import { send, sendProblem } from './send.ts';
import { nameRoute } from './traffic.ts';

type Needs = {
  authenticate: (authorization: string | undefined) => Promise<Principal>;
  /** Lets the operator through. @throws RequestProblem for everyone else */
  admitOperator: (request: Request) => Promise<Actor>;
  /** What pages of other origins may do with the tenants' calls; the operator's are never theirs. */
  crossOrigin: CrossOrigin | undefined;
  requestRate: RequestRate;
  observer: Pick<ApiObserver, 'refused'>;
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
      serve(request, response, needs, (identity, logged) => call(route, request, response, needs, identity, logged)),
    );
  }
  for (const path of new Set(routes.map(route => route.path))) {
    const here = routes.filter(route => route.path === path);
    const methods = here.map(route => route.method.toUpperCase());
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    if (needs.crossOrigin !== undefined && here.every(route => route.audience === 'tenant'))
      router.options(pattern, named(path), needs.crossOrigin.preflight(methods));
    router.all(pattern, named(path), (request, response) =>
      serve(request, response, needs, async () => {
        throw new RequestProblem('method_not_allowed', `${request.method} is not served here.`, {
          headers: { Allow: allowed.join(', ') },
        });
      }),
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
    const actor = await needs.admitOperator(request);
    const input = await readInput(route, request, response);
    return send(request, response, await route.handle(input, { actor, ...asked }));
  }
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

/** Runs `work` for a request under its identity; whatever it throws becomes the answer. */
export function serve(
  request: Request,
  response: Response,
  { observer, log }: Pick<Needs, 'observer' | 'log'>,
  work: (identity: RequestIdentity, logged: WorkContext) => Promise<void>,
): Promise<void> {
  const identity = identify(request);
  const startedAt = performance.now();
  response.setHeader('X-Request-Id', identity.requestId);
  const logged: WorkContext = { requestId: identity.requestId };
  return inContext(logged, async () => {
    let failure: RequestProblem | undefined;
    try {
      await work(identity, logged);
    } catch (error) {
      failure = toRequestProblem(error);
      observer.refused(failure.code);
      await sendProblem(request, response, failure, identity.requestId);
    }
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const fields = { method: request.method, path: request.path, status: response.statusCode, ms, code: failure?.code };
    if (failure?.code === 'internal_error') log.error('request failed', { ...fields, error: failure.cause });
    else if (failure?.code === 'unavailable') log.warn('request refused', { ...fields, error: failure.cause });
    else log.info('request', fields);
  });
}
