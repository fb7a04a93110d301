import { readConfig } from '@roleforge/config';
import type { Creation, Problem } from '@roleforge/contracts';
import { type Database, openDatabase } from '@roleforge/db';
import { createLogger, type Logger } from '@roleforge/telemetry';
import { newLogFile, newQueuePrefix, newTenant, noteSecret, testServers } from '@roleforge/testkit';
import { type RunningApi, startApi } from './compose.ts';

export const ADMIN_KEY = 'rf_admin_the_key_of_the_tests_0001';
export const VIEWER_KEY = 'rf_view_the_key_of_the_tests_0002';

export type TestApi = RunningApi & {
  url: string;
  queuePrefix: string;
  database: Database;
  newClient(): Promise<TestClient>;
  /** A client of this api with a key that another one's tenant has. */
  clientOf(apiKey: string): TestClient;
};

/** One tenant's way of calling the API. */
export type TestClient = {
  apiKey: string;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  submit(body: object): Promise<Creation>;
};

/** A busy machine may hold MySQL up for longer than callers are to wait: that is no failure of what is tested here. */
const DATABASE_PATIENCE_MS = 10_000;

/** An API of the test's own on a free port, on the servers of the run. */
export async function startTestApi(env: Record<string, string> = {}, log?: Logger): Promise<TestApi> {
  const { databaseUrl, redisUrl } = testServers();
  const queuePrefix = newQueuePrefix();
  const {
    ADMIN_API_KEY = ADMIN_KEY,
    VIEWER_API_KEY = VIEWER_KEY,
    BOOTSTRAP_TENANT_KEY = '',
    API_KEY_PEPPER = '',
    AI_API_KEY = '',
  } = env;
  for (const secret of [ADMIN_API_KEY, VIEWER_API_KEY, BOOTSTRAP_TENANT_KEY, ...API_KEY_PEPPER.split(','), AI_API_KEY])
    noteSecret(secret.trim());
  const config = readConfig({
    env: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      QUEUE_PREFIX: queuePrefix,
      ADMIN_API_KEY: ADMIN_KEY,
      VIEWER_API_KEY: VIEWER_KEY,
      SHUTDOWN_GRACE_SECONDS: '1',
      PORT: '0',
      ...env,
    },
    envFile: '/dev/null',
  });
  const api = await startApi(
    { ...config, databaseUrl: config.databaseUrl ?? '', redisUrl: config.redisUrl ?? '' },
    log ?? createLogger({ service: 'api', level: 'debug', format: 'json', destination: newLogFile('api') }),
    undefined,
    DATABASE_PATIENCE_MS,
  );
  const database = openDatabase({ url: databaseUrl, patienceMs: DATABASE_PATIENCE_MS });
  const url = `http://127.0.0.1:${api.port}`;
  return {
    ...api,
    url,
    queuePrefix,
    database,
    clientOf: apiKey => createClient(url, apiKey),
    newClient: async () => createClient(url, (await newTenant(database)).apiKey),
    async stop() {
      await api.stop();
      await database.close();
    },
  };
}

function createClient(url: string, apiKey: string): TestClient {
  const send: TestClient['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    await noteSecretsIn(response);
    return response;
  };
  return {
    apiKey,
    send,
    async submit(body) {
      const response = await send('POST', '/v1/role-creations', body);
      if (response.status !== 202) throw new Error(`refused with ${response.status}: ${await response.text()}`);
      return (await response.json()) as Creation;
    },
  };
}

/** Writes down the keys and secrets that an answer shows once. */
async function noteSecretsIn(response: Response): Promise<void> {
  if (response.body === null || !response.headers.get('content-type')?.startsWith('application/json')) return;
  const text = await response.clone().text();
  for (const [secret] of text.matchAll(/\brf_live_[0-9A-Za-z]{38}|\bwhsec_[A-Za-z0-9+/=]{32,}/g)) noteSecret(secret);
}

/** The problem that a response holds; fails where it is none. */
export async function problemOf(response: Response): Promise<Problem> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json'))
    throw new Error(`not a problem: ${response.status} ${await response.text()}`);
  return (await response.json()) as Problem;
}
