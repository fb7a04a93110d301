import { Queue } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';

/**
 * What the accept path is measured against: Express and BullMQ and nothing else. It keeps no ledger, checks no key and no
 * field, and logs nothing; it loses what Redis loses.
 */
const queue = new Queue('bare', { connection: new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null }) });
const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/v1/role-creations', express.json(), async (request, response) => {
  const job = await queue.add('create-role', request.body, { priority: 1_000_001 });
  response.status(202).json({ id: job.id });
});
const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  server.closeAllConnections();
  process.exit(0);
});
