import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@roleforge/db';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  createTestDatabase,
  type KillableServers,
  newQueuePrefix,
  newTenant,
  startTcpProxy,
  type TcpProxy,
} from '@roleforge/testkit';
import getPort from 'get-port';
import { type KeptService, keepService } from '../../apps/launcher/src/keep-service.ts';
import { type CountingModel, startCountingModel } from './model.ts';

const APPS = join(import.meta.dirname, '../../apps');
const CLOCK = new URL('./fixtures/shifted-clock.ts', import.meta.url);

/** How the system is set up and what it is given to do. */
export type Figures = {
  /** At least so many are accepted. */
  creations: number;
  perSecond: number;
  /** How long each answer of the model takes. */
  latencyMs: number;
  workers: number;
  concurrency: number;
  lockSeconds: number;
  reconcileSeconds: number;
  graceSeconds: number;
};

/** What a fault wants to find. */
export type Surroundings = {
  /** The server whose connections lead through a proxy that can be cut. */
  through?: 'redis' | 'mariadb';
  /** How far each worker's clock is off, in milliseconds. */
  clocksOffMs?: readonly number[];
  /** Creations that wait for workers which are not there yet. */
  backlog?: number;
};

/** Of a backlog only the waiting tells; an answer of the model takes so long then, in milliseconds. */
const QUICK_MODEL_MS = 50;

/** RoleForge as it runs in service: an api and workers as processes, started again when they end, and a model. */
export type SystemUnderTest = {
  url: string;
  apiKey: string;
  api: KeptService;
  workers: KeptService[];
  /** Starts the workers, where the fault wants them to start later. */
  startWorkers(): Promise<void>;
  servers: KillableServers;
  /** In front of the server that the fault takes away. */
  proxy: TcpProxy | null;
  model: CountingModel;
  /** The system's own, by the straight way. */
  databaseUrl: string;
  queuePrefix: string;
  /** Where the processes write their logs. */
  logs: string;
  /** Has every process finish what it has in hand. What they leave stays to be looked at. */
  stopServices(): Promise<void>;
  /** Leaves nothing behind; the logs stay where they are to be `kept`. */
  close(kept: boolean): Promise<void>;
};

export async function startSystemUnderTest(
  { through, clocksOffMs = [], backlog }: Surroundings,
  servers: KillableServers,
  figures: Figures,
  report: (line: string) => void,
): Promise<SystemUnderTest> {
  const opened = nothingOpened();
  const services = nothingOpened();
  const logs = mkdtempSync(join(tmpdir(), 'roleforge-faults-'));
  const close = async (kept: boolean) => {
    await services.closeAll();
    await opened.closeAll();
    if (!kept) rmSync(logs, { recursive: true });
  };
  try {
    const own = await createTestDatabase(servers.mariadb.url, { migrated: true });
    opened.add(own.drop);
    const proxy = through === undefined ? null : await startTcpProxy(servers[through].url);
    if (proxy !== null) opened.add(proxy.close);
    const model = await startCountingModel(backlog === undefined ? figures.latencyMs : QUICK_MODEL_MS);
    opened.add(model.stop);

    const port = await getPort();
    const queuePrefix = newQueuePrefix();
    const by = (server: Surroundings['through'], url: string) =>
      through === server && proxy !== null ? proxy.url : url;
    const settings = {
      DATABASE_URL: withPathOf(own.url, by('mariadb', servers.mariadb.url)),
      REDIS_URL: by('redis', servers.redis.url),
      QUEUE_PREFIX: queuePrefix,
      PORT: String(port),
      AI_BASE_URL: model.url,
      AI_MODEL: 'scripted-1',
      AI_API_KEY: '',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      WORKER_HEALTH_PORT: '',
      WORKER_CONCURRENCY: String(figures.concurrency),
      WORKER_LOCK_SECONDS: String(figures.lockSeconds),
      RECONCILE_SECONDS: String(figures.reconcileSeconds),
      SHUTDOWN_GRACE_SECONDS: String(figures.graceSeconds),
    } as const;
    const keep = async (name: string, app: string, clockOffMs = 0) => {
      const spec = {
        name,
        program: join(APPS, app, 'src/main.ts'),
        settings,
        logFile: join(logs, `${name}.log`),
        nodeOptions: clockOffMs === 0 ? [] : ['--import', `${CLOCK.href}?ms=${clockOffMs}`],
      };
      const kept = await keepService(spec, figures.graceSeconds * 1000 + 10_000, report);
      services.add(kept.stop);
      return kept;
    };
    const { apiKey } = await withDatabase(own.url, newTenant);
    const workers: KeptService[] = [];
    const startWorkers = async () => {
      const numbers = Array.from({ length: figures.workers }, (_, n) => n);
      workers.push(...(await Promise.all(numbers.map(n => keep(`worker-${n + 1}`, 'worker', clocksOffMs[n])))));
    };
    const [api] = await Promise.all([keep('api', 'api'), ...(backlog === undefined ? [startWorkers()] : [])]);
    return {
      url: `http://127.0.0.1:${port}`,
      apiKey,
      api,
      workers,
      startWorkers,
      servers,
      proxy,
      model,
      databaseUrl: own.url,
      queuePrefix,
      logs,
      stopServices: services.closeAll,
      close,
    };
  } catch (error) {
    await close(false).catch(() => {});
    throw error;
  }
}

/** Opens a database for as long as the work takes: none of its connections has lived through a fault. */
export async function withDatabase<T>(
  url: string,
  work: (database: ReturnType<typeof openDatabase>) => Promise<T>,
): Promise<T> {
  const database = openDatabase({ url, connections: 2, patienceMs: 30_000 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The same database, by another way. */
function withPathOf(databaseUrl: string, serverUrl: string): string {
  return Object.assign(new URL(serverUrl), { pathname: new URL(databaseUrl).pathname }).href;
}
