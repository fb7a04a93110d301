import { join } from 'node:path';
import type { AllQueues } from '@roleforge/queue';
import express, { type Express, type Request, type Router } from 'express';
import { RequestProblem } from '../http/problem.ts';
import { pageHeaders, setHeaders } from '../http/security-headers.ts';
import { send } from '../http/send.ts';
import { BAR_SCRIPT } from './board-bar.ts';
import type { BoardDeeds, Standing } from './board-deeds.ts';
import type { LookAtQueues } from './look-at-queues.ts';
import { admittedAs, doerOf, requireOperator } from './operator-gate.ts';

export const BOARD_PATH = '/admin/queues';

// With the referrer kept from it altogether, a browser would hide the logout form's own origin from us.
const HEADERS = [
  ...pageHeaders({
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
  }),
  ['Referrer-Policy', 'same-origin'],
] as const;

type Looked = { queues: Pick<AllQueues, 'queues'>; look: LookAtQueues };
type Options = Looked & { deeds: BoardDeeds };

/**
 * Bull Board over all our queues, and what can be done there, behind the operator's gate. Only what looks is passed on to Bull Board;
 * what changes anything is a deed of ours, below `/deeds`.
 */
export function queueBoard({ queues, look, deeds }: Options): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    setHeaders(response, HEADERS);
    next();
  });
  router.get(`/${BAR_SCRIPT}`, (_request, response) =>
    response.sendFile(join(import.meta.dirname, BAR_SCRIPT), { cacheControl: false }),
  );
  router.use('/deeds', deedRoutes(deeds));
  router.use((request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    throw new RequestProblem('method_not_allowed', 'Bull Board’s own actions would leave the ledger out of step.', {
      headers: { Allow: 'GET, HEAD' },
    });
  });
  let board: Promise<Express> | undefined;
  router.use(async (request, response, next) => {
    board ??= loadBoard({ queues, look }).catch(error => {
      board = undefined;
      throw error;
    });
    (await board)(request, response, next);
  });
  return router;
}

type OfJob = { queue: string; jobId: string };

function deedRoutes(deeds: BoardDeeds): Router {
  const router = express.Router();
  const look =
    (read: (request: Request<OfJob>) => Promise<Standing>) =>
    async (request: Request<OfJob>, response: express.Response) => {
      const { status, deeds: offered } = await read(request);
      const body: Standing = { status, deeds: admittedAs(response) === 'operator' ? offered : [] };
      await send(request, response, { status: 200, body, headers: { 'Cache-Control': 'no-store' } });
    };
  router.get(
    '/',
    look(() => deeds.ofSystem()),
  );
  router.get(
    '/:queue/:jobId',
    look(({ params }) => deeds.ofJob(params.queue, params.jobId)),
  );
  router.post('/:deed', async (request, response) => {
    requireOperator(admittedAs(response));
    const body = await deeds.toSystem(request.params.deed, doerOf(request, response));
    await send(request, response, { status: 200, body });
  });
  router.post('/:queue/:jobId/:deed', async (request, response) => {
    requireOperator(admittedAs(response));
    const { queue, jobId, deed } = request.params;
    const body = await deeds.toJob(queue, jobId, deed, doerOf(request, response));
    await send(request, response, { status: 200, body });
  });
  return router;
}

/** Loaded when somebody looks: few do, and it takes more memory than two hundred open streams. */
async function loadBoard({ queues, look }: Looked): Promise<Express> {
  const { openBullBoard } = await import('./bull-board.ts');
  return openBullBoard(queues, look, BOARD_PATH);
}
