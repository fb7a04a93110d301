import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nothingOpened } from '@roleforge/lifecycle';
import { lockDataDir } from './data-dir-lock.ts';
import { startDockerServers } from './docker-servers.ts';
import { endProcesses } from './end-processes.ts';
import { startGuardian } from './guardian-link.ts';
import { type StartedServers, startLocalServers } from './local-servers.ts';
import { keepPasswords } from './passwords.ts';
import { providePrograms } from './provide-programs.ts';
import { openServerRecord } from './server-record.ts';

export interface PrivateServersOptions {
  /** Where data, passwords and logs are kept; made if absent. Left out: a temporary folder, removed at the stop. */
  readonly dataDir?: string;
  /** False switches every sync to the disk off, for tests. Default true. */
  readonly durable?: boolean;
  /** Hears of what takes longer than a moment, a line each. */
  readonly report?: (line: string) => void;
}

/**
 * Starts a Redis and a MariaDB of this program's own, on free ports of 127.0.0.1, and returns when both answer. Their data and
 * passwords stay in `dataDir` from start to start. One that ends by itself is started again, on the same port; in Docker it is not.
 * They end at `stop()`, which may be called again, or soon after this program is gone, however it went; Ctrl-C does not reach them.
 * No server that was not started here is ever touched.
 *
 * @throws DataDirInUse when another program holds `dataDir`
 * @throws NoServersAvailable where the programs are not found, cannot be installed, and Docker does not answer
 * @throws ServerStartFailed, with the end of its log, when a server does not start
 */
export async function startPrivateServers(options: PrivateServersOptions): Promise<StartedServers> {
  const { durable = true, report = () => undefined } = options;
  const temporary = options.dataDir === undefined;
  const dataDir = makeFolder(options.dataDir);
  const opened = nothingOpened();
  try {
    if (temporary) opened.add(() => rmSync(dataDir, { recursive: true, force: true }));
    opened.add(lockDataDir(dataDir));
    const record = openServerRecord(dataDir);
    // Servers that outlived a killed program: its guardian is ending them, unless that was killed as well.
    await endProcesses(record.left());
    const guardian = startGuardian();
    opened.add(guardian.dismiss);
    if (temporary) guardian.tell({ folder: dataDir });
    const programs = await providePrograms(report);
    const passwords = keepPasswords(dataDir);
    const servers =
      programs === 'docker'
        ? await startDockerServers({ dataDir, temporary, durable, passwords, guardian, report })
        : await startLocalServers({ programs, dataDir, durable, passwords, guardian, record, report });
    opened.add(servers.stop);
    let stopped: Promise<void> | undefined;
    return {
      ...servers,
      stop() {
        stopped ??= opened.closeAll();
        return stopped;
      },
    };
  } catch (error) {
    // This failure is the one to tell, not one of the undoing.
    await opened.closeAll().catch(() => undefined);
    throw error;
  }
}

/** The folder's real path: the same folder by another name is the same lock. */
function makeFolder(dataDir: string | undefined): string {
  if (dataDir === undefined) return realpathSync(mkdtempSync(join(tmpdir(), 'roleforge-')));
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return realpathSync(dataDir);
}
