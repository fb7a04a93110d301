import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Hexadecimal, so that they need no escaping in a URL, in SQL or in a configuration file. */
export interface Passwords {
  readonly redis: string;
  readonly mariadb: string;
}

/** The passwords of a data folder's servers, made at its first use and kept in `<dataDir>/passwords.json`. */
export function keepPasswords(dataDir: string): Passwords {
  const file = join(dataDir, 'passwords.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = { redis: randomBytes(24).toString('hex'), mariadb: randomBytes(24).toString('hex') };
  // Renamed into place: a crash while writing leaves no half file.
  writeFileSync(`${file}.new`, JSON.stringify(made), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return made;
}
