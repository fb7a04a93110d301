export { type Config, ConfigError, readConfig, requireSettings } from './read-config.ts';
