import { readConfig, requireSettings } from '@roleforge/config';
import { createAttemptLedger, openDatabase } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  closeRedis,
  createEventLog,
  openBulkQueue,
  openCreationQueue,
  openRedis,
  openWebhookQueue,
  pingRedis,
} from '@roleforge/queue';
import { createNotifyEnd } from '@roleforge/steering';
import { silentLogger } from '@roleforge/telemetry';
import { createAnnouncer } from './announce.ts';
import { type ReconcileReport, reconcile } from './reconcile.ts';

/** By hand what the workers do every RECONCILE_SECONDS, with a report. It may run beside them. */
const LABELS: Record<keyof ReconcileReport, string> = {
  unfinished: 'unfinished creations looked at, older than 5 s',
  restored: 'put back on the queue',
  reprioritized: 'moved to their priority',
  removed: 'jobs taken off the queue: ended, held, or not in the ledger',
  mended: 'places and slots mended on the queues',
  pauses: 'times the queue’s pause was not the system’s',
  due: 'scheduled, and due by now',
  lapsed: 'expired while they waited',
  conceded: 'cancelled for workers that are gone',
  bulks: 'bulk calls under way',
  webhooks: 'webhooks put back on their queue',
};

const opened = nothingOpened();
try {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const clock = () => new Date();
  const database = openDatabase({ url: config.databaseUrl, connections: 2, patienceMs: 30_000 });
  opened.add(() => database.close());
  // As a request: a Redis that is away is said at once.
  const redis = openRedis(config.redisUrl, 'request');
  opened.add(() => closeRedis(redis));
  await database.ping();
  if (redis.status !== 'ready') await new Promise(resolve => redis.once('ready', resolve).once('error', resolve));
  await pingRedis(redis).catch(cause => {
    throw new Error('Redis does not answer.', { cause });
  });
  const queue = openCreationQueue(redis, config.queuePrefix);
  opened.add(() => queue.close());
  const bulkQueue = openBulkQueue(redis, config.queuePrefix);
  opened.add(() => bulkQueue.close());
  const webhookQueue = openWebhookQueue(redis, config.queuePrefix);
  opened.add(() => webhookQueue.close());
  const announce = createAnnouncer(
    createEventLog(redis, config.queuePrefix, clock),
    createAttemptLedger(database, clock),
    createNotifyEnd(database, webhookQueue),
    silentLogger,
  );

  const startedAt = performance.now();
  const report = await reconcile({ database, queue, bulkQueue, webhookQueue, announce, log: silentLogger, clock });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  const lines = Object.entries(LABELS).map(
    ([key, label]) => `${report[key as keyof ReconcileReport].toLocaleString('en').padStart(9)}  ${label}`,
  );
  process.stdout.write(`Ledger and queue compared in ${seconds} s:\n${lines.join('\n')}\n`);
} catch (error) {
  process.stderr.write(`reconcile: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await opened.closeAll();
}
