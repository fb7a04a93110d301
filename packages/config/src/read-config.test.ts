import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Config, ConfigError, readConfig, requireSettings } from './read-config.ts';

let folder: string;
let envFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-config-'));
  envFile = join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true }));

type Environ = Record<string, string | undefined>;

function read(env: Environ, file?: string, terminal = false): Config {
  if (file !== undefined) writeFileSync(envFile, file);
  return readConfig({ env, envFile, terminal });
}

/** The line that refuses these settings. */
function refusal(env: Environ, file?: string): string {
  try {
    read(env, file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.code).toBe('config_invalid');
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  throw new Error('the settings were accepted');
}

/** A file that can be read, and holds no certificate. */
const NO_PEM = fileURLToPath(import.meta.url);
const SERVERS = { REDIS_URL: 'redis://:pw@localhost:6379/1', DATABASE_URL: 'mysql://root:pw@localhost:3306/roleforge' };

describe('the configuration', () => {
  test('has defaults for all that is not a secret', () => {
    expect(read({})).toEqual({
      port: 3000,
      redisUrl: null,
      databaseUrl: null,
      databaseReadUrl: null,
      databaseReadMaxLagMs: 5_000,
      workerConcurrency: 50,
      workerLockMs: 30_000,
      workerHealthPort: null,
      reconcileMs: 15_000,
      creationRetentionMs: null,
      shutdownGraceMs: 20_000,
      shutdownDelayMs: 0,
      ai: null,
      aiTimeoutMs: 120_000,
      adminApiKey: null,
      metricsApiKey: null,
      viewerApiKey: null,
      bootstrapTenantKey: null,
      apiKeyPeppers: [],
      oidc: null,
      corsOrigins: [],
      trustedProxies: 0,
      webhookTargets: 'public',
      queuePrefix: 'roleforge',
      dataDir: '.data',
      logLevel: 'info',
      logFormat: 'json',
      traces: null,
    });
  });

  test('takes every setting from the environment, seconds as milliseconds', () => {
    const config = read({
      ...SERVERS,
      DATABASE_READ_URL: 'mysql://replica/roleforge',
      DATABASE_READ_MAX_LAG_SECONDS: '2',
      PORT: '0',
      WORKER_CONCURRENCY: '1000',
      WORKER_LOCK_SECONDS: '5',
      WORKER_HEALTH_PORT: '9000',
      RECONCILE_SECONDS: '1',
      CREATION_RETENTION_DAYS: '30',
      SHUTDOWN_GRACE_SECONDS: '3',
      SHUTDOWN_DELAY_SECONDS: '4',
      AI_BASE_URL: 'http://localhost:11434/v1',
      AI_API_KEY: 'sk-1',
      AI_MODEL: 'qwen3',
      AI_TIMEOUT_SECONDS: '7',
      ADMIN_API_KEY: 'a'.repeat(16),
      METRICS_API_KEY: 'm'.repeat(16),
      VIEWER_API_KEY: 'v'.repeat(16),
      BOOTSTRAP_TENANT_KEY: 'b'.repeat(256),
      API_KEY_PEPPER: `${'n'.repeat(16)}, ${'o'.repeat(16)}`,
      OIDC_ISSUER: 'https://login.example.com/',
      OIDC_AUDIENCE: 'roleforge',
      OIDC_JWKS_URL: 'https://login.example.com/keys',
      OIDC_TENANT_CLAIM: 'tid',
      CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
      TRUSTED_PROXIES: '2',
      WEBHOOK_TARGETS: 'any',
      QUEUE_PREFIX: 'my.queue_1-a',
      DATA_DIR: '/var/lib/roleforge',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'pretty',
    });
    expect(config).toEqual({
      port: 0,
      redisUrl: SERVERS.REDIS_URL,
      databaseUrl: SERVERS.DATABASE_URL,
      databaseReadUrl: 'mysql://replica/roleforge',
      databaseReadMaxLagMs: 2_000,
      workerConcurrency: 1000,
      workerLockMs: 5_000,
      workerHealthPort: 9000,
      reconcileMs: 1_000,
      creationRetentionMs: 30 * 86_400_000,
      shutdownGraceMs: 3_000,
      shutdownDelayMs: 4_000,
      ai: {
        providers: [
          {
            name: 'localhost:11434',
            baseUrl: 'http://localhost:11434/v1',
            apiKey: 'sk-1',
            streaming: true,
            requestsPerMinute: null,
            tokensPerMinute: null,
          },
        ],
        models: [{ provider: 'localhost:11434', model: 'qwen3', price: null }],
      },
      aiTimeoutMs: 7_000,
      adminApiKey: 'a'.repeat(16),
      metricsApiKey: 'm'.repeat(16),
      viewerApiKey: 'v'.repeat(16),
      bootstrapTenantKey: 'b'.repeat(256),
      apiKeyPeppers: ['n'.repeat(16), 'o'.repeat(16)],
      oidc: {
        issuer: 'https://login.example.com/',
        audience: 'roleforge',
        jwksUrl: 'https://login.example.com/keys',
        tenantClaim: 'tid',
      },
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
      trustedProxies: 2,
      webhookTargets: 'any',
      queuePrefix: 'my.queue_1-a',
      dataDir: '/var/lib/roleforge',
      logLevel: 'debug',
      logFormat: 'pretty',
      traces: null,
    });
  });

  test('takes no notice of other variables of the environment', () => {
    expect(read({ HOME: '/root', npm_config_port: '1', port: '2' })).toEqual(read({}));
  });

  test('counts an empty value as absent', () => {
    expect(read({ PORT: '', REDIS_URL: '', ADMIN_API_KEY: '', LOG_LEVEL: '' }, 'PORT=\nDATABASE_URL=""\n')).toEqual(
      read({}),
    );
  });

  test('logs for people at a terminal, unless told otherwise', () => {
    expect(read({}, undefined, true).logFormat).toBe('pretty');
    expect(read({ LOG_FORMAT: 'json' }, undefined, true).logFormat).toBe('json');
  });

  test('may have a model without a key', () => {
    const { ai } = read({ AI_BASE_URL: 'https://ai.example.com', AI_MODEL: 'm1' });
    expect(ai?.providers).toMatchObject([{ baseUrl: 'https://ai.example.com', apiKey: null }]);
    expect(ai?.models).toEqual([{ provider: 'ai.example.com', model: 'm1', price: null }]);
  });
});

describe('a .env file', () => {
  test('is read beneath the environment', () => {
    const config = read({ PORT: '4000' }, 'PORT=5000\nLOG_LEVEL=warn # quiet\nQUEUE_PREFIX="quoted"\n');
    expect(config).toMatchObject({ port: 4000, logLevel: 'warn', queuePrefix: 'quoted' });
  });

  test('counts where the environment’s value is empty', () => {
    expect(read({ PORT: '' }, 'PORT=5000').port).toBe(5000);
  });

  test('may hold the passwords that docker compose needs', () => {
    expect(read({}, 'DATABASE_PASSWORD=a\nDATABASE_ROOT_PASSWORD=b\nREDIS_PASSWORD=c\n')).toEqual(read({}, ''));
  });

  test.each(['PROT', 'port', 'toString', 'REDIS_HOST'])(
    'is refused with the unknown name %s, and shows no value',
    name => {
      const line = refusal({}, `PORT=3000\n${name}=private\n`);
      expect(line).toBe(`${name} in ${envFile} is not a setting of RoleForge (.env.example lists them)`);
    },
  );

  test('is refused with a bad value, by its name', () => {
    expect(refusal({}, 'PORT=http')).toMatch(/^PORT is not valid: /);
  });

  test('that cannot be read stops the start', () => {
    expect(() => readConfig({ env: {}, envFile: folder })).toThrow(ConfigError);
    expect(() => readConfig({ env: {}, envFile: folder })).toThrow(folder);
  });
});

describe('a bad value', () => {
  const whole = ['-1', '1.5', 'many', '0x10', '1e3', ' ', '1 ', '１２', '9'.repeat(30)];
  test.each([
    ['PORT', [...whole, '65536']],
    ['WORKER_CONCURRENCY', [...whole, '0', '1001']],
    ['WORKER_LOCK_SECONDS', [...whole, '0', '3601']],
    ['WORKER_HEALTH_PORT', [...whole, '65536']],
    ['RECONCILE_SECONDS', [...whole, '0', '3601']],
    ['CREATION_RETENTION_DAYS', [...whole, '0', '3651']],
    ['SHUTDOWN_GRACE_SECONDS', [...whole, '0', '3601']],
    ['SHUTDOWN_DELAY_SECONDS', [...whole, '3601']],
    ['AI_TIMEOUT_SECONDS', [...whole, '0', '3601']],
    ['AI_MODEL', ['m'.repeat(201)]],
    ['QUEUE_PREFIX', ['a b', 'a:b', '{a}', 'x'.repeat(41)]],
    ['LOG_LEVEL', ['INFO', 'trace']],
    ['TRUSTED_PROXIES', [...whole, '11']],
    ['CORS_ORIGINS', ['*', 'app.example.com', 'https://app.example.com/', 'https://a.example.com,b']],
    ['WEBHOOK_TARGETS', ['private', 'ANY']],
    ['LOG_FORMAT', ['text']],
  ])('of %s is refused in one line that names and shows it', (name, values) => {
    for (const value of values) {
      const line = refusal({ ...SERVERS, [name]: value });
      expect(line.startsWith(`${name} is not valid: `)).toBe(true);
      expect(line.endsWith(`, not ${JSON.stringify(value)}`)).toBe(true);
    }
  });

  test.each([
    ['REDIS_URL', ['private', 'http://private', 'redis:private', 'private:6379']],
    ['DATABASE_URL', ['private', 'postgres://root:private@localhost/x', 'mariadb://private']],
    ['DATABASE_READ_URL', ['private', 'mysql://localhost/x?private=1']],
    ['AI_BASE_URL', ['sk-private', 'ftp://user:private@host', 'private.example.com/v1']],
    ['AI_API_KEY', ['private'.repeat(200)]],
    ['ADMIN_API_KEY', ['private', 'private'.repeat(50)]],
    ['VIEWER_API_KEY', ['private', 'private'.repeat(50)]],
    ['BOOTSTRAP_TENANT_KEY', ['private', 'private'.repeat(50)]],
    ['API_KEY_PEPPER', ['private', `${'private'.repeat(5)},private`]],
  ])('of %s is refused in one line that names it and does not show it', (name, values) => {
    for (const value of values) {
      const line = refusal({ [name]: value });
      expect(line.startsWith(`${name} is not valid: `)).toBe(true);
      expect(line).not.toContain('private');
    }
  });

  test('of VIEWER_API_KEY is refused where it is that of ADMIN_API_KEY', () => {
    const key = 'the same for both of them';
    const line = refusal({ ADMIN_API_KEY: key.replaceAll(' ', '-'), VIEWER_API_KEY: key.replaceAll(' ', '-') });
    expect(line).toMatch(/^VIEWER_API_KEY is the same as ADMIN_API_KEY/);
    expect(line).not.toContain('the-same-for');
  });

  test('of several lines is still refused in one', () => {
    expect(refusal({ LOG_LEVEL: 'in\nfo' })).toContain('"in\\nfo"');
  });
});

describe('settings that belong together', () => {
  test.each([
    ['REDIS_URL', 'DATABASE_URL', SERVERS.REDIS_URL],
    ['DATABASE_URL', 'REDIS_URL', SERVERS.DATABASE_URL],
    ['AI_BASE_URL', 'AI_MODEL', 'http://localhost/v1'],
    ['AI_MODEL', 'AI_BASE_URL', 'm1'],
    ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'https://login.example.com'],
    ['OIDC_AUDIENCE', 'OIDC_ISSUER', 'roleforge'],
    ['OIDC_JWKS_URL', 'OIDC_ISSUER', 'https://login.example.com/keys'],
    ['OIDC_TENANT_CLAIM', 'OIDC_ISSUER', 'tid'],
    ['AI_API_KEY', 'AI_BASE_URL', 'sk-1'],
    ['DATABASE_READ_URL', 'DATABASE_URL', SERVERS.DATABASE_URL],
  ])('%s alone is refused: %s is missing', (there, absent, value) => {
    expect(refusal({ [there]: value })).toBe(`${absent} is missing: it is needed together with ${there}`);
  });

  test('may stand one in the environment and one in the file', () => {
    const config = read({ REDIS_URL: SERVERS.REDIS_URL }, `DATABASE_URL=${SERVERS.DATABASE_URL}`);
    expect(config).toMatchObject({ redisUrl: SERVERS.REDIS_URL, databaseUrl: SERVERS.DATABASE_URL });
  });

  test.each([
    ['AI_BASE_URL', 'http://localhost/v1'],
    ['AI_MODEL', 'm1'],
    ['AI_API_KEY', 'sk-private'],
    ['AI_STREAMING', 'on'],
    ['AI_REQUESTS_PER_MINUTE', '60'],
    ['AI_TOKENS_PER_MINUTE', '60'],
  ])('%s is refused where a file names the providers, whatever is missing besides', (name, value) => {
    expect(refusal({ AI_PROVIDERS: 'none.json', [name]: value })).toBe(
      `${name} cannot be set together with AI_PROVIDERS: its file says that of each provider`,
    );
  });

  test('are all named at once where a file says them too', () => {
    const env = { AI_PROVIDERS: 'none.json', AI_BASE_URL: 'http://localhost/v1', AI_MODEL: 'm1' };
    expect(refusal(env)).toMatch(/^AI_BASE_URL, AI_MODEL cannot be set together with AI_PROVIDERS/);
  });
});

describe('a process that needs servers', () => {
  test('has them where they are configured', () => {
    const config = read(SERVERS);
    expect(requireSettings(config, 'redisUrl', 'databaseUrl')).toEqual(config);
  });

  test('is refused with the name of the first that is missing', () => {
    expect(() => requireSettings(read({}), 'databaseUrl', 'redisUrl')).toThrow(ConfigError);
    expect(() => requireSettings(read({}), 'databaseUrl', 'redisUrl')).toThrow(/^DATABASE_URL is missing/);
    expect(() => requireSettings(read({}), 'redisUrl')).toThrow(/^REDIS_URL is missing/);
  });

  test('an address with a stray percent sign is refused by the name of its variable, and not shown', () => {
    const env = { DATABASE_URL: 'mysql://user:p%ZZ@localhost/roleforge', REDIS_URL: 'redis://localhost' };
    expect(() => readConfig({ env, envFile: '/dev/null' })).toThrow(/^DATABASE_URL is not valid: (?!.*ZZ)[^\n]+$/);
  });

  test.each([
    [{ ...SERVERS, REDIS_URL: 'rediss://localhost?ssl-ca=/none.pem' }, /^REDIS_URL names .*: ENOENT.*\/none\.pem'$/],
    [{ ...SERVERS, DATABASE_URL: 'mysql://localhost/x?ssl-ca=/none.pem' }, /^DATABASE_URL names .*: ENOENT.*$/],
    [
      { ...SERVERS, DATABASE_READ_URL: `mysql://localhost/x?ssl-cert=${NO_PEM}&ssl-key=${NO_PEM}` },
      /^DATABASE_READ_URL names files for TLS that cannot be used: [^\n]+$/,
    ],
  ])('files for TLS that cannot be used are told of at the start (%#)', (env, message) => {
    expect(() => read(env)).toThrow(message);
  });
});

test.each([
  ['http://vllm/v1', 'vllm:80'],
  ['https://vllm/v1', 'vllm:443'],
  ['http://vllm:8000/v1', 'vllm:8000'],
  ['https://api.example.com/v1', 'api.example.com'],
])('a provider that nobody has named is called by its address, which no name looks like: %s', (AI_BASE_URL, name) => {
  const { ai } = readConfig({ env: { AI_BASE_URL, AI_MODEL: 'm' }, envFile: '/dev/null' });
  expect(ai?.providers.map(provider => provider.name)).toEqual([name]);
});
