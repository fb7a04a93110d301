import { join } from 'node:path';
import type { SETTINGS } from './settings.ts';

/**
 * What makes a process smaller and can only be said before it starts (docs/decisions/0013): where Node keeps sources whose
 * types were stripped, and that glibc's malloc gives back what threads no longer use. The Dockerfile says the same.
 */
const SMALLER = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../node_modules/.cache/node-compile'),
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** The environment for a process that this one starts: its own, with some settings replaced. */
export function childEnvironment(settings: Partial<Record<keyof typeof SETTINGS, string>>): NodeJS.ProcessEnv {
  return { ...SMALLER, ...process.env, ...settings };
}
