import { join } from 'node:path';
import type { Config } from '@roleforge/config';
import { nothingOpened } from '@roleforge/lifecycle';
import { startPrivateServers } from '@roleforge/testkit';
import { noteAddresses } from './addresses.ts';
import { makeDataDir } from './data-dir.ts';
import { keepService } from './keep-service.ts';
import { type Keys, obtainKeys } from './keys.ts';
import { prepareDatabase } from './prepare-database.ts';
import type { ServiceSpec } from './service-process.ts';

const API = join(import.meta.dirname, '../../api/src/main.ts');
const WORKER = join(import.meta.dirname, '../../worker/src/main.ts');

type Options = {
  config: Config;
  port: number;
  workers: number;
  /** A folder for the services' output; this program's own output where absent. */
  logDir?: string;
  report: (line: string) => void;
};

export type RunningSystem = {
  /** http://localhost:<port> */
  url: string;
  keys: Keys;
  stop(): Promise<void>;
};

/**
 * The whole of RoleForge on this machine: private servers where the configuration names none, the schema, two tenants, an
 * API and workers as processes of their own. What was started is stopped in reverse order.
 */
export async function startSystem({ config, port, workers, logDir, report }: Options): Promise<RunningSystem> {
  const started = nothingOpened();
  try {
    makeDataDir(config.dataDir);
    const { redisUrl, databaseUrl } = await serversFor(config, started, report);
    const keys = obtainKeys(config);
    const noted = noteAddresses(config.dataDir, { redisUrl, databaseUrl });
    started.add(() => noted.forget());
    await prepareDatabase(databaseUrl, keys);

    const settings = {
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      ADMIN_API_KEY: keys.adminApiKey,
      API_KEY_PEPPER: keys.peppers.join(','),
      LOG_FORMAT: logDir === undefined ? config.logFormat : 'json',
    };
    const log = (file: string) => (logDir === undefined ? {} : { logFile: join(logDir, file) });
    const keep = async (spec: ServiceSpec) => {
      const kept = await keepService(spec, config.shutdownDelayMs + config.shutdownGraceMs + 10_000, report);
      started.add(kept.stop);
    };
    await keep({ name: 'api', program: API, settings, ...log('api.log') });
    for (let n = 1; n <= workers; n += 1)
      await keep({
        name: `worker ${n}`,
        program: WORKER,
        settings: { ...settings, WORKER_HEALTH_PORT: healthPortOf(config, n) },
        ...log(`worker-${n}.log`),
      });
    return { url: `http://localhost:${port}`, keys, stop: started.closeAll };
  } catch (error) {
    await started.closeAll();
    throw error;
  }
}

/** Workers on one machine cannot share a port: the first has the one that is set, the others those after it. */
function healthPortOf({ workerHealthPort }: Config, n: number): string {
  if (workerHealthPort === null) return '';
  return String(workerHealthPort === 0 ? 0 : workerHealthPort + n - 1);
}

async function serversFor(config: Config, started: ReturnType<typeof nothingOpened>, report: (line: string) => void) {
  const { redisUrl, databaseUrl } = config;
  if (redisUrl !== null && databaseUrl !== null) return { redisUrl, databaseUrl };
  const servers = await startPrivateServers({ dataDir: config.dataDir, report });
  started.add(() => servers.stop());
  return servers;
}
