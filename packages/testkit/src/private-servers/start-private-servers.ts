import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * passwords stay in `dataDir` from start to start. They end at `stop()`, which may be called again, or soon after this program is
 * gone, however it went; Ctrl-C does not reach them. No server that was not started here is ever touched.
 *
 * @throws DataDirInUse when another program holds `dataDir`
 * @throws NoServersAvailable where the programs are not found, cannot be installed, and Docker does not answer
 * @throws ServerStartFailed, with the end of its log, when a server does not start
 */
export async function startPrivateServers(options: PrivateServersOptions): Promise<StartedServers> {
  const { durable = true, report = () => undefined } = options;
  const temporary = options.dataDir === undefined;
  const dataDir = makeFolder(options.dataDir);
  const undo: (() => unknown)[] = [];
  try {
    if (temporary) undo.push(() => rmSync(dataDir, { recursive: true, force: true }));
    undo.push(lockDataDir(dataDir));
    const record = openServerRecord(dataDir);
    // Servers that outlived a killed program: its guardian is ending them, unless that was killed as well.
    await endProcesses(record.left());
    const guardian = startGuardian();
    undo.push(guardian.dismiss);
    if (temporary) guardian.tell({ folder: dataDir });
    const programs = await providePrograms(report);
    const passwords = keepPasswords(dataDir);
    const servers =
      programs === 'docker'
        ? await startDockerServers({ dataDir, temporary, durable, passwords, guardian, report })
        : await startLocalServers({ programs, dataDir, durable, passwords, guardian, record });
    undo.push(servers.stop);
    let stopped: Promise<void> | undefined;
    return {
      ...servers,
      stop() {
        stopped ??= inReverse(undo);
        return stopped;
      },
    };
  } catch (error) {
    // This failure is the one to tell, not one of the undoing.
    await inReverse(undo).catch(() => undefined);
    throw error;
  }
}

/** Takes every step, also after one that failed; throws the first failure at the end. */
async function inReverse(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The folder's real path: the same folder by another name is the same lock. */
function makeFolder(dataDir: string | undefined): string {
  if (dataDir === undefined) return realpathSync(mkdtempSync(join(tmpdir(), 'roleforge-')));
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return realpathSync(dataDir);
}
