import { parseMysqlAddress, parseRedisAddress } from '@roleforge/domain';
import type { Config } from './read-config.ts';

type Holding = Pick<
  Config,
  | 'adminApiKey'
  | 'metricsApiKey'
  | 'bootstrapTenantKey'
  | 'apiKeyPeppers'
  | 'ai'
  | 'databaseUrl'
  | 'databaseReadUrl'
  | 'redisUrl'
>;

/** Every secret in a configuration: what must stand in no log, whatever it looks like. */
export function secretsOf(config: Holding): string[] {
  const { adminApiKey, metricsApiKey, bootstrapTenantKey, apiKeyPeppers, ai, databaseUrl, databaseReadUrl, redisUrl } =
    config;
  const databases = [databaseUrl, databaseReadUrl].map(url => (url === null ? null : parseMysqlAddress(url).password));
  const passwords = [...databases, ...(redisUrl === null ? [] : passwordsIn(redisUrl))];
  const providers = ai?.providers.map(({ apiKey }) => apiKey) ?? [];
  const secrets = [adminApiKey, metricsApiKey, bootstrapTenantKey, ...apiKeyPeppers, ...providers, ...passwords];
  return secrets.flatMap(secret => (secret === null || secret === '' ? [] : [secret]));
}

/** The servers', and that of the sentinels which know them. */
function passwordsIn(redisUrl: string): (string | null)[] {
  const { login, topology } = parseRedisAddress(redisUrl);
  return [login.password, topology.kind === 'sentinel' ? topology.login.password : null];
}
