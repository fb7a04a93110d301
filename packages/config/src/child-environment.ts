import { join } from 'node:path';
import type { SETTINGS } from './settings.ts';

/** Where Node keeps what it compiled, for those who start no other way than through us: beside the packages. */
const COMPILE_CACHE = join(import.meta.dirname, '../../../node_modules/.cache/node-compile');

/**
 * The environment for a process that this one starts: its own, with some settings replaced. Sources whose types were
 * stripped once are kept: without the compiler that does it, a process takes 15 MB less.
 */
export function childEnvironment(settings: Partial<Record<keyof typeof SETTINGS, string>>): NodeJS.ProcessEnv {
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, ...settings };
}
