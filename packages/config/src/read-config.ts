import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { parseEnv } from 'node:util';
import { type ModelCatalog, parseMysqlAddress, parseRedisAddress, tlsMaterial } from '@roleforge/domain';
import { z } from 'zod';
import { readProviders } from './ai-providers.ts';
import { misfitOf } from './misfits.ts';
import { COMPOSE_SETTINGS, SECRET_SETTINGS, SETTINGS } from './settings.ts';
import { type TracesConfig, tracesOf } from './traces.ts';

const DAY_MS = 86_400_000;

const Environment = z.object(SETTINGS);
type Environment = z.infer<typeof Environment>;

/** What the processes are configured with. Times in milliseconds. */
export type Config = {
  port: number;
  /** Null where the launcher is to start a private server. */
  redisUrl: string | null;
  databaseUrl: string | null;
  /** A replica that lists are read from; null where they are read from where all else is. */
  databaseReadUrl: string | null;
  /** How far behind the replica may be. */
  databaseReadMaxLagMs: number;
  workerConcurrency: number;
  /** How long a worker's hold on a job lasts without being renewed. */
  workerLockMs: number;
  workerHealthPort: number | null;
  /** How often the queue is compared with the ledger. */
  reconcileMs: number;
  /** How long a creation is kept after its end; null where it is kept for ever. */
  creationRetentionMs: number | null;
  shutdownGraceMs: number;
  /** How long an api that is asked to stop still serves what comes. */
  shutdownDelayMs: number;
  /** Null where the template writer serves. */
  ai: ModelCatalog | null;
  /** How long one call of the model may take. */
  aiTimeoutMs: number;
  adminApiKey: string | null;
  /** What the page of metrics is read with; null where everybody may read it. */
  metricsApiKey: string | null;
  /** With which one may look at what the operator sees, and change nothing. */
  viewerApiKey: string | null;
  bootstrapTenantKey: string | null;
  /** What API keys are hashed with, the newest first; empty where keys are hashed without. */
  apiKeyPeppers: readonly string[];
  /** Whose tokens are believed beside API keys; null where none are. */
  oidc: OidcConfig | null;
  /** Origins whose pages may call the API from a browser. */
  corsOrigins: readonly string[];
  /** How many proxies of ours a request comes through: so many entries of X-Forwarded-For are believed. */
  trustedProxies: number;
  /** `public`: https to public addresses alone; `any`: for development. */
  webhookTargets: 'public' | 'any';
  /** What the names of all keys in Redis begin with. */
  queuePrefix: string;
  dataDir: string;
  logLevel: Environment['LOG_LEVEL'];
  logFormat: 'json' | 'pretty';
  /** Null where nothing is traced. */
  traces: TracesConfig | null;
};

/** An issuer of tokens (OpenID Connect). */
export type OidcConfig = {
  issuer: string;
  audience: string;
  /** Null where the issuer's discovery document names it. */
  jwksUrl: string | null;
  /** The claim that holds the tenant's id. */
  tenantClaim: string;
};

/** A setting is missing or wrong. The message is one line that names it, and shows no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config_invalid';
}

type Environ = Readonly<Record<string, string | undefined>>;
type Origins = { env?: Environ; envFile?: string; terminal?: boolean };

/**
 * Reads the configuration from the environment and, beneath it, from a `.env` file in the current folder if there is one.
 * An empty value counts as absent. Nothing else in RoleForge reads settings from `process.env`.
 * @throws ConfigError
 */
export function readConfig({
  env = process.env,
  envFile = '.env',
  terminal = process.stdout.isTTY === true,
}: Origins = {}): Config {
  const merged = { ...readEnvFile(envFile), ...withoutEmpty(env) };
  const parsed = Environment.safeParse(merged);
  if (!parsed.success) throw new ConfigError(describeIssue(parsed.error.issues[0], merged));
  const values = parsed.data;
  const misfit = misfitOf(merged);
  if (misfit !== null) throw new ConfigError(misfit);
  for (const name of ['REDIS_URL', 'DATABASE_URL', 'DATABASE_READ_URL'] as const) requireTlsFiles(name, values[name]);
  return {
    port: values.PORT,
    redisUrl: values.REDIS_URL ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    databaseReadUrl: values.DATABASE_READ_URL ?? null,
    databaseReadMaxLagMs: values.DATABASE_READ_MAX_LAG_SECONDS * 1000,
    workerConcurrency: values.WORKER_CONCURRENCY,
    workerLockMs: values.WORKER_LOCK_SECONDS * 1000,
    workerHealthPort: values.WORKER_HEALTH_PORT ?? null,
    reconcileMs: values.RECONCILE_SECONDS * 1000,
    creationRetentionMs: values.CREATION_RETENTION_DAYS === undefined ? null : values.CREATION_RETENTION_DAYS * DAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_SECONDS * 1000,
    shutdownDelayMs: values.SHUTDOWN_DELAY_SECONDS * 1000,
    ai: catalogOf(values, merged),
    aiTimeoutMs: values.AI_TIMEOUT_SECONDS * 1000,
    adminApiKey: values.ADMIN_API_KEY ?? null,
    metricsApiKey: values.METRICS_API_KEY ?? null,
    viewerApiKey: values.VIEWER_API_KEY ?? null,
    bootstrapTenantKey: values.BOOTSTRAP_TENANT_KEY ?? null,
    apiKeyPeppers: values.API_KEY_PEPPER ?? [],
    oidc: oidcOf(values),
    corsOrigins: values.CORS_ORIGINS ?? [],
    trustedProxies: values.TRUSTED_PROXIES,
    webhookTargets: values.WEBHOOK_TARGETS,
    queuePrefix: values.QUEUE_PREFIX,
    dataDir: values.DATA_DIR,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? (terminal ? 'pretty' : 'json'),
    traces: tracesOf(values),
  };
}

/** Whoever opens the address reads the files; that they can be is better known before anything is started. */
function requireTlsFiles(name: 'REDIS_URL' | 'DATABASE_URL' | 'DATABASE_READ_URL', address: string | undefined): void {
  if (address === undefined) return;
  const { tls } = name === 'REDIS_URL' ? parseRedisAddress(address) : parseMysqlAddress(address);
  try {
    if (tls !== null) createSecureContext(tlsMaterial(tls, path => readFileSync(path)));
  } catch (error) {
    throw new ConfigError(
      `${name} names files for TLS that cannot be used: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}

function oidcOf({ OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL, OIDC_TENANT_CLAIM }: Environment): OidcConfig | null {
  if (OIDC_ISSUER === undefined || OIDC_AUDIENCE === undefined) return null;
  return {
    issuer: OIDC_ISSUER,
    audience: OIDC_AUDIENCE,
    jwksUrl: OIDC_JWKS_URL ?? null,
    tenantClaim: OIDC_TENANT_CLAIM,
  };
}

/** The models of the file that AI_PROVIDERS names, or the one that AI_BASE_URL and AI_MODEL name. */
function catalogOf(values: Environment, env: Environ): ModelCatalog | null {
  if (values.AI_PROVIDERS !== undefined)
    try {
      return readProviders(values.AI_PROVIDERS, env);
    } catch (error) {
      throw new ConfigError(`AI_PROVIDERS: ${(error as Error).message}`);
    }
  const { AI_BASE_URL: baseUrl, AI_MODEL: model } = values;
  if (baseUrl === undefined || model === undefined) return null;
  const provider = addressOf(new URL(baseUrl));
  return {
    providers: [
      {
        name: provider,
        baseUrl,
        apiKey: values.AI_API_KEY ?? null,
        streaming: values.AI_STREAMING === 'on',
        requestsPerMinute: values.AI_REQUESTS_PER_MINUTE ?? null,
        tokensPerMinute: values.AI_TOKENS_PER_MINUTE ?? null,
      },
    ],
    models: [{ provider, model, price: null }],
  };
}

/** The name of a provider that nobody has named: told apart from one that somebody has by its dot or its port. */
function addressOf({ host, protocol }: URL): string {
  return /[.:]/.test(host) ? host : `${host}:${protocol === 'https:' ? 443 : 80}`;
}

/** The named settings, for a process that cannot do without them. @throws ConfigError naming the first that is missing */
export function requireSettings<K extends 'redisUrl' | 'databaseUrl'>(
  config: Config,
  ...keys: K[]
): Config & Record<K, string> {
  const variables = { redisUrl: 'REDIS_URL', databaseUrl: 'DATABASE_URL' } as const;
  for (const key of keys)
    if (config[key] === null) throw new ConfigError(`${variables[key]} is missing (npm start provides it by itself)`);
  return config as Config & Record<K, string>;
}

function withoutEmpty(env: Environ): Environ {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function readEnvFile(path: string): Environ {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}`);
  }
  const values = withoutEmpty(parseEnv(text));
  const unknown = Object.keys(values).find(key => !Object.hasOwn(SETTINGS, key) && !COMPOSE_SETTINGS.has(key));
  if (unknown !== undefined)
    throw new ConfigError(`${unknown} in ${path} is not a setting of RoleForge (.env.example lists them)`);
  return values;
}

function describeIssue(issue: z.core.$ZodIssue | undefined, values: Environ): string {
  const name = String(issue?.path[0]);
  const shown = SECRET_SETTINGS.has(name) ? '' : `, not ${JSON.stringify(values[name])}`;
  return `${name} is not valid: ${issue?.message ?? 'unknown'}${shown}`;
}
