import type { CreationQueue } from '@roleforge/queue';
import express, { type Router } from 'express';

export const BOARD_PATH = '/admin/queues';

/** The board's own page would ask Google for fonts; it looks as well without. */
const CONTENT_SECURITY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

/**
 * Bull Board over the creations' queue, to look at only: removing or promoting a job here would put the queue out of step
 * with the ledger. Jobs hold ids, never source texts.
 */
export function queueBoard(queue: CreationQueue): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY);
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
  return adapter.getRouter();
}
