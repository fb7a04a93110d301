import { AddressInvalid, parseMysqlAddress, parseRedisAddress } from '@roleforge/domain';
import { z } from 'zod';
import { namedValues, ratio, SAMPLERS } from './traces.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine(value => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
const port = wholeNumber(0, 65_535);
const positive = (max: number) => wholeNumber(1, max);
/** Whether user, password and path can be read: a stray percent sign in a password cannot. */
function isDecodable(address: string): boolean {
  try {
    decodeURIComponent(address);
    return true;
  } catch {
    return false;
  }
}

const url = (...protocols: string[]) =>
  z
    .url({
      protocol: new RegExp(`^(${protocols.join('|')})$`),
      hostname: /./,
      error: `must be an address beginning with ${protocols.join(':// or ')}://`,
    })
    .refine(isDecodable, 'has a percent sign that encodes nothing (write %25 for the sign itself)');
/** An address that stays as it is written, once it could be read. */
const address = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof AddressInvalid)) throw error;
      context.addIssue(error.message);
    }
  });
/** Several values in one variable, separated by commas. */
const listOf = (schema: z.ZodType<string, string>) =>
  z
    .string()
    .transform(text => text.split(',').map(part => part.trim()))
    .pipe(z.array(schema).min(1));
const origin = z
  .string()
  .refine(
    text => URL.canParse(text) && new URL(text).origin === text,
    'must be origins such as https://app.example.com',
  );
const secret = z.string().regex(/^[\x21-\x7e]{16,256}$/, 'must have 16 to 256 characters out of ASCII, without spaces');

/**
 * Every environment variable that RoleForge reads, with the schema that parses it. `.env.example` documents each; a test
 * keeps the two in step. Secrets have no default.
 */
export const SETTINGS = {
  PORT: port.default(3000),
  REDIS_URL: address(parseRedisAddress).optional(),
  DATABASE_URL: address(parseMysqlAddress).optional(),
  DATABASE_READ_URL: address(parseMysqlAddress).optional(),
  DATABASE_READ_MAX_LAG_SECONDS: positive(3600).default(5),
  WORKER_CONCURRENCY: positive(1000).default(50),
  WORKER_LOCK_SECONDS: positive(3600).default(30),
  WORKER_HEALTH_PORT: port.optional(),
  RECONCILE_SECONDS: positive(3600).default(15),
  CREATION_RETENTION_DAYS: positive(3650).optional(),
  SHUTDOWN_GRACE_SECONDS: positive(3600).default(20),
  SHUTDOWN_DELAY_SECONDS: wholeNumber(0, 3600).default(0),
  AI_BASE_URL: url('http', 'https').optional(),
  AI_API_KEY: z.string().min(1).max(1000).optional(),
  AI_TIMEOUT_SECONDS: positive(3600).default(120),
  AI_MODEL: z.string().min(1).max(200).optional(),
  AI_STREAMING: z.enum(['on', 'off']).default('on'),
  AI_REQUESTS_PER_MINUTE: positive(1_000_000_000).optional(),
  AI_TOKENS_PER_MINUTE: positive(1_000_000_000).optional(),
  AI_PROVIDERS: z.string().min(1).optional(),
  ADMIN_API_KEY: secret.optional(),
  METRICS_API_KEY: secret.optional(),
  VIEWER_API_KEY: secret.optional(),
  BOOTSTRAP_TENANT_KEY: secret.optional(),
  API_KEY_PEPPER: listOf(secret).optional(),
  OIDC_ISSUER: url('http', 'https').optional(),
  OIDC_AUDIENCE: z.string().min(1).max(500).optional(),
  OIDC_JWKS_URL: url('http', 'https').optional(),
  OIDC_TENANT_CLAIM: z.string().min(1).max(200).default('tenant_id'),
  CORS_ORIGINS: listOf(origin).optional(),
  TRUSTED_PROXIES: wholeNumber(0, 10).default(0),
  WEBHOOK_TARGETS: z.enum(['public', 'any']).default('public'),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,40}$/, 'must be 1 to 40 of A-Z a-z 0-9 . _ -')
    .default('roleforge'),
  DATA_DIR: z.string().min(1).default('.data'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http', 'https').optional(),
  OTEL_EXPORTER_OTLP_HEADERS: namedValues.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.literal('http/protobuf', 'must be http/protobuf').default('http/protobuf'),
  OTEL_SERVICE_NAME: z.string().min(1).max(200).optional(),
  OTEL_RESOURCE_ATTRIBUTES: namedValues.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: ratio.default(1),
} as const satisfies Record<string, z.ZodType>;

/** Variables whose values are never shown, not even in the line that refuses them. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'REDIS_URL',
  'DATABASE_URL',
  'DATABASE_READ_URL',
  'AI_BASE_URL',
  'AI_API_KEY',
  'ADMIN_API_KEY',
  'METRICS_API_KEY',
  'VIEWER_API_KEY',
  'BOOTSTRAP_TENANT_KEY',
  'API_KEY_PEPPER',
  'OTEL_EXPORTER_OTLP_HEADERS',
]);

/** Variables that docker compose and docker-compose.yml alone read out of the same `.env` file. */
export const COMPOSE_SETTINGS: ReadonlySet<string> = new Set([
  'DATABASE_PASSWORD',
  'DATABASE_ROOT_PASSWORD',
  'REDIS_PASSWORD',
  'COMPOSE_PROFILES',
  'DATABASE_HOST',
  'MARIADB_SCALE',
  'GRAFANA_ADMIN_PASSWORD',
  'ALERTMANAGER_CONFIG',
  'OTEL_COLLECTOR_CONFIG',
  'OTEL_FORWARD_ENDPOINT',
]);
