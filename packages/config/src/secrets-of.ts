import type { Config } from './read-config.ts';

type Holding = Pick<
  Config,
  'adminApiKey' | 'bootstrapTenantKey' | 'apiKeyPeppers' | 'ai' | 'databaseUrl' | 'redisUrl' | 'traces'
>;

/** Every secret in a configuration: what must stand in no log, whatever it looks like. */
export function secretsOf(config: Holding): string[] {
  const { adminApiKey, bootstrapTenantKey, apiKeyPeppers, ai, databaseUrl, redisUrl, traces } = config;
  const passwords = [databaseUrl, redisUrl].map(url =>
    url === null ? null : decodeURIComponent(new URL(url).password),
  );
  const providers = ai?.providers.map(({ apiKey }) => apiKey) ?? [];
  const collector = Object.values(traces?.headers ?? {});
  const secrets = [adminApiKey, bootstrapTenantKey, ...apiKeyPeppers, ...providers, ...passwords, ...collector];
  return secrets.flatMap(secret => (secret === null || secret === '' ? [] : [secret]));
}
