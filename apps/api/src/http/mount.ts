import type { CreationId, Scope } from '@roleforge/contracts';
import type { Principal } from '@roleforge/domain';
import { inContext, type Logger, type WorkContext } from '@roleforge/telemetry';
import { type Express, type Request, type Response, Router } from 'express';
import type { RequestRate } from '../limits/request-rate.ts';
import { type Admitted, requireOperator } from '../operator/operator-gate.ts';
import { identityOf, logAccess } from './access-log.ts';
import type { CrossOrigin } from './cross-origin.ts';
import type { RequestIdentity } from './identify.ts';
import { RequestProblem, toRequestProblem } from './problem.ts';
import { readInput } from './read-input.ts';
import { remoteAddressOf } from './remote-address.ts';
import type { Route } from './route.ts';
import { send, sendProblem } from './send.ts';

type Needs = {
  authenticate: (authorization: string | undefined) => Promise<Principal>;
  /** Lets the operator, and those who may look, through. @throws RequestProblem for everyone else */
  admitOperator: (request: Request) => Promise<Admitted>;
  /** What pages of other origins may do with the tenants' calls; the operator's are never theirs. */
  crossOrigin: CrossOrigin | undefined;
  requestRate: RequestRate;
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
    const before = needs.crossOrigin === undefined || route.audience === 'operator' ? [] : [needs.crossOrigin.answer];
    router[route.method](path, ...before, (request, response) =>
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
    if (needs.crossOrigin !== undefined && here.every(route => route.audience === 'tenant'))
      router.options(pattern, needs.crossOrigin.preflight(methods));
    router.all(pattern, (request, response) =>
      serve(request, response, needs, async () => {
        throw new RequestProblem('method_not_allowed', `${request.method} is not served here.`, {
          headers: { Allow: allowed.join(', ') },
        });
      }),
    );
  }
  app.use(router);
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

/** Runs `work` for a request under its identity; whatever it throws becomes the answer. Then the request has its line in the log. */
export function serve(
  request: Request,
  response: Response,
  { log }: Pick<Needs, 'log'>,
  work: (identity: RequestIdentity, logged: WorkContext) => Promise<void>,
  route?: string,
): Promise<void> {
  const identity = identityOf(request, response);
  const startedAt = performance.now();
  response.setHeader('X-Request-Id', identity.requestId);
  const logged: WorkContext = { requestId: identity.requestId };
  return inContext(logged, async () => {
    let failure: RequestProblem | undefined;
    try {
      await work(identity, logged);
    } catch (error) {
      failure = toRequestProblem(error);
      await sendProblem(request, response, failure, identity.requestId);
    }
    logAccess(log, request, response, { startedAt, route, failure });
  });
}
