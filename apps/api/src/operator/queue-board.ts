import type { CreationQueue } from '@roleforge/queue';
import express, { type Express, type Router } from 'express';
import { problemBody, toRequestProblem } from '../http/problem.ts';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';

export const BOARD_PATH = '/admin/queues';

/** The board's own page would ask Google for fonts; it looks as well without. */
const HEADERS = pageHeaders({
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'", "'unsafe-inline'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
});

/**
 * Bull Board over the creations' queue, to look at only: removing or promoting a job here would put the queue out of step
 * with the ledger. Jobs hold ids, never source texts.
 */
export function queueBoard(queue: CreationQueue): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    setHeaders(response, HEADERS);
    next();
  });
  let board: Promise<Router> | undefined;
  router.use(async (request, response, next) => {
    board ??= openBoard(queue);
    (await board)(request, response, next);
  });
  return router;
}

/** Loaded when somebody looks: few do, and it takes more memory than two hundred open streams. */
async function openBoard(queue: CreationQueue): Promise<Router> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: [new BullMQAdapter(queue.bull, { readOnlyMode: true })],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'RoleForge' } },
  });
  // Its own would show where in the source an error arose, if the environment is said to be one of development.
  adapter.setErrorHandler(error => {
    const body = problemBody(toRequestProblem(error), BOARD_PATH, '');
    return { status: body.status as 500, body: { error: body.title, message: body.detail } };
  });
  const router: Express = adapter.getRouter();
  router.disable('x-powered-by');
  return router;
}
