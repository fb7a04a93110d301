import { readConfig, requireSettings, secretsOf } from '@roleforge/config';
import { runProcess } from '@roleforge/lifecycle';
import { createLogger, watchProcess } from '@roleforge/telemetry';
import { startWorker } from './compose.ts';
import { openWorkerMetrics } from './worker-metrics.ts';

await runProcess('worker', async () => {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const log = createLogger({
    service: 'worker',
    level: config.logLevel,
    format: config.logFormat,
    secrets: secretsOf(config),
  });
  const metrics = openWorkerMetrics();
  watchProcess(metrics.registry);
  return { log, running: await startWorker(config, log, metrics) };
});
