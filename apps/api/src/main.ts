import { readConfig, requireSettings } from '@roleforge/config';
import { runProcess } from '@roleforge/lifecycle';
import { createLogger } from '@roleforge/telemetry';
import { startApi } from './compose.ts';

await runProcess('api', async () => {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const log = createLogger({ service: 'api', level: config.logLevel, format: config.logFormat });
  return { log, running: await startApi(config, log) };
});
