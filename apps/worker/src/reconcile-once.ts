import { readConfig, requireSettings } from '@roleforge/config';
import { createAttemptLedger, openDatabase } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import { closeRedis, createEventLog, openBulkQueue, openCreationQueue, openRedis, pingRedis } from '@roleforge/queue';
import { silentLogger } from '@roleforge/telemetry';
import { createAnnouncer } from './announce.ts';
import { type ReconcileReport, reconcile } from './reconcile.ts';

/** By hand what the workers do every RECONCILE_SECONDS, with a report. It may run beside them. */
const LABELS: Record<keyof ReconcileReport, string> = {
  unfinished: 'unfinished creations looked at, older than 5 s',
  restored: 'put back on the queue',
  reprioritized: 'moved to their priority',
  removed: 'jobs taken off the queue: ended, held, or not in the ledger',
  due: 'scheduled, and due by now',
  lapsed: 'expired while they waited',
  conceded: 'cancelled for workers that are gone',
  bulks: 'bulk calls under way',
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
  const announce = createAnnouncer(
    createEventLog(redis, config.queuePrefix, clock),
    createAttemptLedger(database, clock),
    silentLogger,
  );

  const startedAt = performance.now();
  const report = await reconcile({ database, queue, bulkQueue, announce, log: silentLogger, clock });
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
