import type { CreationId, TenantId } from '@roleforge/contracts';
import { inContext, type Logger, type WorkContext } from '@roleforge/telemetry';
import { type Express, type Request, type Response, Router } from 'express';
import { identify, type RequestIdentity } from './identify.ts';
import { RequestProblem, toRequestProblem } from './problem.ts';
import { readInput } from './read-input.ts';
import type { Route } from './route.ts';
import { send, sendProblem } from './send.ts';

type Needs = { authenticate: (authorization: string | undefined) => Promise<TenantId>; log: Logger };

/**
 * Serves the routes: each request gets an identity, is authenticated before anything of it is read, is parsed by its
 * route's schemas, handled, answered, and leaves one line in the log.
 */
export function mountRoutes(app: Express, routes: readonly Route[], needs: Needs): void {
  const router = Router({ caseSensitive: true, strict: false });
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[route.method](path, (request, response) =>
      serve(request, response, needs, (identity, logged) => call(route, request, response, needs, identity, logged)),
    );
  }
  for (const path of new Set(routes.map(route => route.path))) {
    const methods = routes.filter(route => route.path === path).map(route => route.method.toUpperCase());
    const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
    router.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), (request, response) =>
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
  { authenticate }: Needs,
  { requestId, traceparent }: RequestIdentity,
  logged: WorkContext,
): Promise<void> {
  const tenantId = await authenticate(request.headers.authorization);
  logged.tenantId = tenantId;
  if (request.params.creationId !== undefined) logged.creationId = request.params.creationId as CreationId;
  const input = await readInput(route, request, response);
  const reply = await route.handle(input, { tenantId, requestId, traceparent });
  await send(request, response, reply);
}

/** Runs `work` for a request under its identity; whatever it throws becomes the answer. */
export function serve(
  request: Request,
  response: Response,
  { log }: Pick<Needs, 'log'>,
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
      await sendProblem(request, response, failure, identity.requestId);
    }
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const fields = { method: request.method, path: request.path, status: response.statusCode, ms, code: failure?.code };
    if (failure?.code === 'internal_error') log.error('request failed', { ...fields, error: failure.cause });
    else if (failure?.code === 'unavailable') log.warn('request refused', { ...fields, error: failure.cause });
    else log.info('request', fields);
  });
}
