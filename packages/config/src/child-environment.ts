import type { SETTINGS } from './settings.ts';

/** The environment for a process that this one starts: its own, with some settings replaced. */
export function childEnvironment(settings: Partial<Record<keyof typeof SETTINGS, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...settings };
}
