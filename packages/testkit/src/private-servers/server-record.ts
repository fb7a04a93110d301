import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';

/** Which server processes work on a data folder, written down so that the next program finds those a crash left behind. */
export interface ServerRecord {
  /** Processes of the program before this one; they may be gone. */
  left(): ProcessIdentity[];
  add(server: ProcessIdentity): void;
  clear(): void;
}

/** The record kept in `<dataDir>/servers.json`. Only the holder of the folder's lock may use it. */
export function openServerRecord(dataDir: string): ServerRecord {
  const file = join(dataDir, 'servers.json');
  const running: ProcessIdentity[] = [];
  return {
    left() {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[];
      } catch {
        // None, or cut short by a crash of the machine, which ended the servers too.
        return [];
      }
    },
    add(server) {
      running.push(server);
      writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
    },
    clear() {
      rmSync(file, { force: true });
    },
  };
}
