import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ServerPackage } from './choose-provision.ts';

/** Absolute paths of the programs that run on this machine. */
export interface ServerPrograms {
  readonly redisServer: string;
  readonly mariadbd: string;
  readonly mariadbInstallDb: string;
}

/** Server programs often stand where an ordinary user's PATH does not look; Fedora keeps mariadbd in /usr/libexec. */
const ALSO_IN = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/usr/libexec', '/opt/homebrew/bin'];

/** The programs, or the packages that would bring those which are not there. */
export function findServerPrograms(): { programs?: ServerPrograms; missing: ServerPackage[] } {
  const redisServer = findProgram('redis-server');
  const mariadbd = findProgram('mariadbd');
  const mariadbInstallDb = findProgram('mariadb-install-db');
  if (redisServer && mariadbd && mariadbInstallDb)
    return { programs: { redisServer, mariadbd, mariadbInstallDb }, missing: [] };
  const missing: ServerPackage[] = [];
  if (!redisServer) missing.push('redis-server');
  if (!mariadbd || !mariadbInstallDb) missing.push('mariadb-server');
  return { missing };
}

/** The path of a program of this machine; undefined where it has none of that name. */
export function findProgram(name: string): string | undefined {
  // The PATH is a fact about the machine, not configuration: it is read here, where it is used.
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...ALSO_IN];
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
