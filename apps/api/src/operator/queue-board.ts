import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { CreationQueue } from '@roleforge/queue';
import type { Router } from 'express';

export const BOARD_PATH = '/admin/queues';

/**
 * Bull Board over the creations' queue, to look at only: removing or promoting a job here would put the queue out of step
 * with the ledger. Jobs hold ids, never source texts.
 */
export function queueBoard(queue: CreationQueue): Router {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  createBullBoard({
    queues: [new BullMQAdapter(queue.bull, { readOnlyMode: true })],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'RoleForge' } },
  });
  return adapter.getRouter();
}
