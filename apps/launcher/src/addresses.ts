import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the servers of a running system are. Holds their passwords. */
export type Addresses = { redisUrl: string; databaseUrl: string };

const fileIn = (dataDir: string) => join(dataDir, 'addresses.json');

/** Writes down where this system's servers are, for commands that are given in another terminal; readable by its owner alone. */
export function noteAddresses(dataDir: string, addresses: Addresses): { forget(): void } {
  const file = fileIn(dataDir);
  writeFileSync(file, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  return { forget: () => rmSync(file, { force: true }) };
}

/** Where the servers of the system are that runs, or ran last, on this folder; null where none did, or it was stopped. */
export function readAddresses(dataDir: string): Addresses | null {
  try {
    return JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Addresses;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
