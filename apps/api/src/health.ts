import type { Database } from '@roleforge/db';
import { pingRedis, type RedisConnection } from '@roleforge/queue';
import express, { type Router } from 'express';

/** `/livez`: the process answers. `/readyz`: so do MySQL and Redis, and the process has not been told to stop. */
export function healthPages(database: Database, redis: RedisConnection, leaving: AbortSignal): Router {
  const router = express.Router();
  router.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    if (leaving.aborted) return void response.status(503).json({ status: 'stopping' });
    const [mysql, dispatcher] = await Promise.all([answers(database.ping()), answers(pingRedis(redis))]);
    const ready = mysql && dispatcher;
    response.status(ready ? 200 : 503).json({
      status: ready ? 'ok' : 'not ready',
      checks: { mysql: mysql ? 'ok' : 'no answer', redis: dispatcher ? 'ok' : 'no answer' },
    });
  });
  return router;
}

async function answers(check: Promise<void>): Promise<boolean> {
  return check.then(
    () => true,
    () => false,
  );
}
