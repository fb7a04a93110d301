import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { JOBS } from '@roleforge/contracts';
import type { AllQueues } from '@roleforge/queue';
import type { ErrorRequestHandler, Express, Response } from 'express';
import { problemBody, toRequestProblem } from '../http/problem.ts';
import { withBar } from './board-bar.ts';
import { isLook } from './board-looks.ts';
import type { LookAtQueues } from './look-at-queues.ts';
import { admittedAs } from './operator-gate.ts';
import { shownData, withoutTexts } from './shown-jobs.ts';

const DESCRIPTIONS: Record<string, string> = {
  [JOBS.createRole.queue]: 'Role creations: what is to be done stands in the ledger',
  [JOBS.runBulk.queue]: 'Bulk calls of tenants',
  [JOBS.deliverWebhook.queue]: 'Attempts at webhooks',
  [JOBS.reconcile.queue]: 'What keeps ledger and queue in step, one at a time',
};

type ApiRoutes = Parameters<ExpressAdapter['setApiRoutes']>[0];
type EntryRoute = Parameters<ExpressAdapter['setEntryRoute']>[0];

/** Bull Board's pages with the operator's bar beneath them, and its answers, which say so where Redis is away. */
class BarredAdapter extends ExpressAdapter {
  readonly #look: LookAtQueues;

  constructor(look: LookAtQueues) {
    super();
    this.#look = look;
  }

  override setApiRoutes(routes: ApiRoutes): this {
    super.setApiRoutes(
      routes.map(({ handler, ...route }) => ({ ...route, handler: request => this.#look(() => handler(request)) })),
    );
    return this;
  }

  override setEntryRoute({ route, handler }: EntryRoute): this {
    this.app.get(route, (_request, response: Response, next) => {
      const { name, params } = handler({ basePath: this.basePath, uiConfig: this.uiConfig });
      this.app.render(name, params, (error, html) => {
        if (error) return next(error);
        response.setHeader('Cache-Control', 'no-store');
        response.type('html').send(withBar(html, admittedAs(response)));
      });
    });
    return this;
  }
}

/**
 * Bull Board over these queues, to look at. It is in its read-only mode, in which it has no buttons: its own ways to change something know
 * nothing of the ledger. What can be done stands in the bar.
 */
export function openBullBoard({ queues }: Pick<AllQueues, 'queues'>, look: LookAtQueues, basePath: string): Express {
  const adapter = new BarredAdapter(look);
  adapter.setBasePath(basePath);
  const shown = queues.map(queue => {
    const one = new BullMQAdapter(queue, { readOnlyMode: true, description: DESCRIPTIONS[queue.name] ?? '' });
    one.setFormatter('data', data => shownData(queue.name, data));
    return one;
  });
  createBullBoard({
    queues: shown,
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'RoleForge',
        hideDocsLink: true,
        miscLinks: [
          { text: 'Status', url: '/status' },
          { text: 'API reference', url: '/docs' },
        ],
      },
      handlerHooks: {
        before: ({ method, route }) => (isLook(method, route) ? undefined : { allow: false, status: 403 }),
        // Nothing of ours writes a job's own log.
        after: ({ route }, answer) =>
          ({ ...answer, body: route.endsWith('/logs') ? [] : withoutTexts(answer.body) }) as typeof answer,
      },
    },
  });
  // Its own would show where in the source an error arose, if the environment is said to be one of development. Ours stands below.
  adapter.setErrorHandler(error => {
    throw error;
  });
  const app: Express = adapter.getRouter();
  app.disable('x-powered-by');
  app.use('/api', answerFailure);
  return app;
}

/** A problem as anywhere else, which also has what Bull Board's pages show of an error. Express knows it by its four parameters. */
const answerFailure: ErrorRequestHandler = (failure, request, response, _next) => {
  const problem = toRequestProblem(failure);
  const path = request.originalUrl.split('?')[0] ?? '/';
  const body = problemBody(problem, path, String(response.getHeader('X-Request-Id')));
  response.set(problem.headers).status(body.status).type('application/problem+json');
  response.send({ ...body, error: body.title, message: body.detail });
};
