import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope, TenantId } from '@roleforge/contracts';
import { type Database, ensureTenant, issueApiKey, openDatabase } from '@roleforge/db';
import { newApiKey } from '@roleforge/domain';
import { nothingOpened } from '@roleforge/lifecycle';
import {
  createTestDatabase,
  type ScriptedModel,
  startPrivateServers,
  startScriptedModel,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@roleforge/testkit';
import getPort from 'get-port';
import { type ServiceProcess, startService } from '../../apps/launcher/src/service-process.ts';

const APPS = join(import.meta.dirname, '../../apps');
const WORKERS = 2;
const PATIENCE_MS = 20_000;

/** A tenant, and the key with all scopes that it was given. */
export type Account = { tenantId: TenantId; apiKey: string };

/** The whole service as its users have it: an api and workers as processes, on servers of their own. */
export type Service = {
  url: string;
  port: number;
  adminKey: string;
  queuePrefix: string;
  redisUrl: string;
  database: Database;
  model: ScriptedModel;
  receiver: WebhookReceiver;
  /** What must not be found in its logs. */
  secrets: Set<string>;
  logFiles: string[];
  newAccount(name: string): Promise<Account>;
  /** A further key of a tenant's, with these scopes. */
  newKey(account: Account, scopes: readonly Scope[]): Promise<string>;
  /** What the api has in memory, in bytes. */
  memoryOfApi(): number;
  /** The processes that have ended, each with how. */
  ended: string[];
  close(): Promise<void>;
};

const newSecret = (prefix: string) => `${prefix}${randomBytes(24).toString('base64url')}`;

export async function startServiceUnderTest(): Promise<Service> {
  const opened = nothingOpened();
  try {
    const logs = mkdtempSync(join(tmpdir(), 'roleforge-security-'));
    opened.add(() => rmSync(logs, { recursive: true }));
    const servers = await startPrivateServers({ durable: false });
    opened.add(() => servers.stop());
    const { url: databaseUrl } = await createTestDatabase(servers.databaseUrl, { migrated: true });
    const database = openDatabase({ url: databaseUrl, connections: 2, patienceMs: 30_000 });
    opened.add(() => database.close());
    const model = await startScriptedModel({ record: false });
    opened.add(() => model.close());
    const receiver = await startWebhookReceiver();
    opened.add(receiver.close);

    const port = await getPort();
    const [adminKey, pepper, aiKey] = [newSecret('rf_admin_'), newSecret('pepper_'), newSecret('sk-')];
    const viewerKey = newSecret('view_');
    const queuePrefix = `security-${randomBytes(4).toString('hex')}`;
    const settings = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: servers.redisUrl,
      QUEUE_PREFIX: queuePrefix,
      PORT: String(port),
      ADMIN_API_KEY: adminKey,
      VIEWER_API_KEY: viewerKey,
      API_KEY_PEPPER: pepper,
      AI_BASE_URL: model.url,
      AI_MODEL: 'scripted-1',
      AI_API_KEY: aiKey,
      WEBHOOK_TARGETS: 'any',
      WORKER_HEALTH_PORT: '',
      RECONCILE_SECONDS: '2',
      SHUTDOWN_GRACE_SECONDS: '5',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
    } as const;
    const secrets = new Set([adminKey, viewerKey, pepper, aiKey]);
    for (const address of [databaseUrl, servers.redisUrl]) secrets.add(decodeURIComponent(new URL(address).password));

    const ended: string[] = [];
    const logFiles: string[] = [];
    let closing = false;
    const start = async (name: string, app: string): Promise<ServiceProcess> => {
      const logFile = join(logs, `${name}.log`);
      logFiles.push(logFile);
      const service = await startService({ name, program: join(APPS, app, 'src/main.ts'), settings, logFile });
      opened.add(() => {
        closing = true;
        return service.stop(PATIENCE_MS);
      });
      void service.ended.then(how => (closing ? undefined : ended.push(`${name}: ${how}`)));
      return service;
    };
    const [api] = await Promise.all([
      start('api', 'api'),
      ...Array.from({ length: WORKERS }, (_, n) => start(`worker-${n + 1}`, 'worker')),
    ]);
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      port,
      adminKey,
      queuePrefix,
      redisUrl: servers.redisUrl,
      database,
      model,
      receiver,
      secrets,
      logFiles,
      ended,
      async newAccount(name) {
        const account = (await byTheOperator(url, adminKey, name)) ?? (await bySeed(database, pepper, name));
        secrets.add(account.apiKey);
        return account;
      },
      async newKey({ tenantId }, scopes) {
        const now = new Date();
        const { key } = await issueApiKey(database.knex, { tenantId, scopes }, { pepper, now });
        secrets.add(key);
        return key;
      },
      memoryOfApi: () => residentBytes(api.pid),
      close: opened.closeAll,
    };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

/** As the operator makes a tenant; null in a release that has no call for it. */
async function byTheOperator(url: string, adminKey: string, name: string): Promise<Account | null> {
  const response = await fetch(`${url}/admin/v1/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (response.status === 404) return null;
  if (response.status !== 201) throw new Error(`no tenant was made: ${response.status} ${await response.text()}`);
  const { id, apiKey } = (await response.json()) as { id: TenantId; apiKey: string };
  return { tenantId: id, apiKey };
}

/** As the launcher makes a tenant whose key is configured. */
async function bySeed(database: Database, pepper: string, name: string): Promise<Account> {
  const apiKey = newApiKey();
  return { apiKey, tenantId: await ensureTenant(database, name, apiKey, { peppers: [pepper] }) };
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}
