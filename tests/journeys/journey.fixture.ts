import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Creation, CreationEvent, Role } from '@roleforge/contracts';
import { type Database, openDatabase } from '@roleforge/db';
import {
  createTestDatabase,
  newLogFolder,
  newQueuePrefix,
  newTenant,
  noteSecret,
  testServers,
} from '@roleforge/testkit';
import getPort from 'get-port';
import { createApiClient } from '../../apps/launcher/src/demo/api-client.ts';
import { readDemoTasks, storeSources } from '../../apps/launcher/src/demo/demo-tasks.ts';
import { type ServiceProcess, startService } from '../../apps/launcher/src/service-process.ts';

const APPS = join(import.meta.dirname, '../../apps');

/**
 * The service as real processes, on the run's servers, with a database and a queue of the journey's own: a reconciler puts all
 * that waits in its database on its queue.
 */
export type Journey = {
  url: string;
  apiKey: string;
  /** The operator's. */
  adminKey: string;
  /** What the names of its keys in Redis begin with. */
  queuePrefix: string;
  database: Database;
  /** The api that was started last. */
  api(): ServiceProcess;
  /** Starts another api where the one before has ended. */
  restartApi(): Promise<void>;
  startWorker(env?: Record<string, string>): Promise<ServiceProcess>;
  call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Response>;
  submit(taskId: string, more?: object): Promise<Creation>;
  /** Follows the creation's events to its end. */
  ended(creation: Creation): Promise<Creation>;
  events(creation: Creation): AsyncGenerator<CreationEvent>;
  role(creation: Creation): Promise<Role>;
  /** What a process has logged so far, a line each. */
  logOf(service: 'api' | `worker-${number}`): Record<string, unknown>[];
  close(): Promise<void>;
};

/** Where the services find MySQL and Redis, if not where the test run has them. */
type Servers = {
  databaseUrl?: string;
  redisUrl?: string;
  /** A replica of the database's server. */
  databaseReadUrl?: string;
  /** Where the journey's database is made, if not on the test run's server. */
  databaseServerUrl?: string;
};

export async function beginJourney(servers: Servers = {}): Promise<Journey> {
  const { databaseServerUrl = testServers().databaseUrl, databaseReadUrl } = servers;
  const { databaseUrl: serverUrl, redisUrl } = { ...testServers(), databaseUrl: databaseServerUrl, ...servers };
  const own = await createTestDatabase(databaseServerUrl, { migrated: true });
  const onServer = (url: string) => Object.assign(new URL(url), { pathname: new URL(own.url).pathname }).href;
  const folder = newLogFolder('journey');
  const port = await getPort();
  const queuePrefix = newQueuePrefix();
  const adminKey = noteSecret(randomBytes(24).toString('hex'));
  const settings = {
    DATABASE_URL: onServer(serverUrl),
    ...(databaseReadUrl === undefined ? {} : { DATABASE_READ_URL: onServer(databaseReadUrl) }),
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    PORT: String(port),
    ADMIN_API_KEY: adminKey,
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    RECONCILE_SECONDS: '1',
    SHUTDOWN_GRACE_SECONDS: '5',
    // Receivers of webhooks listen on this machine.
    WEBHOOK_TARGETS: 'any',
  };
  const services: ServiceProcess[] = [];
  const start = async (name: string, app: string, env: Record<string, string> = {}) => {
    const service = await startService({
      name,
      program: join(APPS, app, 'src/main.ts'),
      settings: { ...settings, ...env },
      logFile: join(folder, `${name}.log`),
    });
    services.push(service);
    return service;
  };

  const database = openDatabase({ url: own.url, patienceMs: 10_000 });
  const { apiKey } = await newTenant(database);
  let api = await start('api', 'api');
  const url = `http://127.0.0.1:${port}`;
  const client = createApiClient(url, apiKey);
  for (const task of readDemoTasks()) await storeSources(client, task);

  let workers = 0;
  return {
    url,
    apiKey,
    adminKey,
    queuePrefix,
    database,
    api: () => api,
    async restartApi() {
      api = await start('api', 'api');
    },
    startWorker(env) {
      workers += 1;
      return start(`worker-${workers}`, 'worker', env);
    },
    call: (method, path, body, headers = {}) =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    submit: (taskId, more = {}) => client.submit({ taskId, ...more } as never),
    events: creation => client.follow(creation),
    async ended(creation) {
      for await (const event of client.follow(creation))
        if (event.type !== 'role_creation.progress' && 'links' in event.data) return event.data as unknown as Creation;
      throw new Error(`The events of ${creation.id} ended before it did.`);
    },
    role: creation => client.readRole(creation),
    logOf: service =>
      readFileSync(join(folder, `${service}.log`), 'utf8')
        .split('\n')
        .filter(line => line.startsWith('{') && line.endsWith('}'))
        .map(line => JSON.parse(line)),
    async close() {
      for (const service of services.toReversed()) await service.stop(10_000);
      await database.close();
      await own.drop();
    },
  };
}

/** One who calls the api with a key: the journey's tenant, or somebody else. */
export function callerOf({ call, apiKey }: Journey, key = apiKey) {
  const send = (method: string, path: string, body?: object) =>
    call(method, path, body, { authorization: `Bearer ${key}` });
  return {
    async status(method: string, path: string, body?: object): Promise<number> {
      const response = await send(method, path, body);
      await response.body?.cancel();
      return response.status;
    },
    /** @throws Error for an answer that is none of success */
    async call<T>(method: string, path: string, body?: object): Promise<T> {
      const response = await send(method, path, body);
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
  };
}

/** How many versions the roles of these creations have, by the ledger. */
export async function versionsOf(database: Database, creations: readonly Creation[]): Promise<number[]> {
  const rows = await database
    .knex('role_versions')
    .whereIn(
      'creation_id',
      creations.map(creation => creation.id),
    )
    .select('creation_id');
  return creations.map(({ id }) => rows.filter(row => row.creation_id === id).length);
}

/** Asks again until it is so; the test's own timeout bounds it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 50));
}
