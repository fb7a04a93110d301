import type { Database } from '@roleforge/db';
import { pingRedis, type RedisConnection } from '@roleforge/queue';
import express, { type Router } from 'express';

/**
 * `/livez`: the process answers. `/readyz`: so do MySQL and Redis, and the process has not been told to stop. With
 * `?exclude=mysql&exclude=redis` those are not asked, in the manner of Kubernetes' own: a balancer that took away every process because
 * a server that all share does not answer would take away the answers that need none of it.
 */
export function healthPages(database: Database, redis: RedisConnection, leaving: AbortSignal): Router {
  const router = express.Router();
  router.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (request, response) => {
    if (leaving.aborted) return void response.status(503).json({ status: 'stopping' });
    const excluded = [request.query.exclude].flat();
    const check = async (name: string, ask: () => Promise<void>) =>
      excluded.includes(name) ? 'excluded' : outcome(ask());
    const [mysql, dispatcher] = await Promise.all([
      check('mysql', () => database.ping()),
      check('redis', () => pingRedis(redis)),
    ]);
    const ready = mysql !== 'no answer' && dispatcher !== 'no answer';
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ok' : 'not ready', checks: { mysql, redis: dispatcher } });
  });
  return router;
}

async function outcome(check: Promise<void>): Promise<'ok' | 'no answer'> {
  return check.then(
    () => 'ok',
    () => 'no answer',
  );
}
