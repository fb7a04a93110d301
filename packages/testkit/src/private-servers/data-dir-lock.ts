import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirInUse } from './errors.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

/**
 * Takes the folder for this process; a lock whose process is gone does not count. Returns the release.
 * @throws DataDirInUse while another living process, or this one, holds it
 */
export function lockDataDir(dataDir: string): () => void {
  const lock = join(dataDir, 'lock');
  const mine = `${lock}.${process.pid}`;
  const me = identify(process.pid);
  // Linking puts the lock and its content there in one step: nobody ever reads half a lock.
  writeFileSync(mine, JSON.stringify(me), { mode: 0o600 });
  try {
    while (!tryLink(mine, lock)) {
      const holder = readHolder(lock);
      if (holder && isRunning(holder)) throw new DataDirInUse(dataDir, holder.pid);
      setAsideStale(lock, dataDir);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(lock, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the lock away before removing it, to see that no other program has replaced the stale one meanwhile. */
function setAsideStale(lock: string, dataDir: string): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const holder = readHolder(aside);
  const alive = holder !== undefined && isRunning(holder);
  if (alive) tryLink(aside, lock);
  rmSync(aside, { force: true });
  if (alive) throw new DataDirInUse(dataDir, holder.pid);
}

function readHolder(lock: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as ProcessIdentity;
  } catch {
    // Gone meanwhile, or cut short by a crash of the machine.
    return undefined;
  }
}
