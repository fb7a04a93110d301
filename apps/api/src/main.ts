import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Both must come before the rest is loaded. The cache spares the process the compiler that strips types, and the second
// start most of its time. The young generation stays at its first size: what a stream costs is soon old, and a process
// with a thousand of them open needs a third less memory. The figures are in docs/decisions/0012.
enableCompileCache();
setFlagsFromString('--semi-space-growth-factor=1');

const { readConfig, requireSettings } = await import('@roleforge/config');
const { runProcess } = await import('@roleforge/lifecycle');
const { createLogger } = await import('@roleforge/telemetry');
const { startApi } = await import('./compose.ts');

await runProcess('api', async () => {
  const config = requireSettings(readConfig(), 'redisUrl', 'databaseUrl');
  const log = createLogger({ service: 'api', level: config.logLevel, format: config.logFormat });
  return { log, running: await startApi(config, log) };
});
