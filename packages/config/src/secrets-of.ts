import type { Config } from './read-config.ts';

type Holding = Pick<
  Config,
  'adminApiKey' | 'viewerApiKey' | 'bootstrapTenantKey' | 'apiKeyPeppers' | 'ai' | 'databaseUrl' | 'redisUrl'
>;

/** Every secret in a configuration: what must stand in no log, whatever it looks like. */
export function secretsOf(config: Holding): string[] {
  const { adminApiKey, viewerApiKey, bootstrapTenantKey, apiKeyPeppers, ai, databaseUrl, redisUrl } = config;
  const passwords = [databaseUrl, redisUrl].map(url =>
    url === null ? null : decodeURIComponent(new URL(url).password),
  );
  const providers = ai?.providers.map(({ apiKey }) => apiKey) ?? [];
  const secrets = [adminApiKey, viewerApiKey, bootstrapTenantKey, ...apiKeyPeppers, ...providers, ...passwords];
  return secrets.flatMap(secret => (secret === null || secret === '' ? [] : [secret]));
}
