import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// These must come before the rest is loaded: what is kept compiled holds for the same flags alone. The cache spares the process
// the compiler that strips types. The young generation stays at its first size: what a stream costs is soon old. The
// figures are in docs/decisions/0013.
enableCompileCache();
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--expose-gc');

const { readConfig, requireSettings, secretsOf } = await import('@roleforge/config');
const { runProcess } = await import('@roleforge/lifecycle');
const { createLogger, watchProcess } = await import('@roleforge/telemetry');
const { openApiMetrics } = await import('./api-metrics.ts');
const { collectWhenQuiet, growWhenBusy } = await import('./heap-upkeep.ts');
const { startApi } = await import('./compose.ts');

await runProcess('api', async () => {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const log = createLogger({
    service: 'api',
    level: config.logLevel,
    format: config.logFormat,
    secrets: secretsOf(config),
  });
  const metrics = openApiMetrics();
  watchProcess(metrics.registry);
  const running = await startApi(config, log, metrics);
  collectWhenQuiet();
  growWhenBusy();
  return { log, running };
});
