import { readConfig, requireSettings, secretsOf } from '@roleforge/config';
import { runProcess } from '@roleforge/lifecycle';
import { createLogger } from '@roleforge/telemetry';
import { startWorker } from './compose.ts';

await runProcess('worker', async () => {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const log = createLogger({
    service: 'worker',
    level: config.logLevel,
    format: config.logFormat,
    secrets: secretsOf(config),
  });
  return { log, running: await startWorker(config, log) };
});
