export { childEnvironment } from './child-environment.ts';
export { type Config, ConfigError, readConfig, requireSettings } from './read-config.ts';
