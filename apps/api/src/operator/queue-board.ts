import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
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
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: [new BullMQAdapter(queue.bull, { readOnlyMode: true })],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'RoleForge' } },
  });
  router.use(adapter.getRouter());
  return router;
}
