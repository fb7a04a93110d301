export { childEnvironment } from './child-environment.ts';
export { type Config, ConfigError, type OidcConfig, readConfig, requireSettings } from './read-config.ts';
export { secretsOf } from './secrets-of.ts';
export { COMPOSE_SETTINGS, SETTINGS } from './settings.ts';
