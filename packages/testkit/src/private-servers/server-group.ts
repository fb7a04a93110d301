import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nothingOpened } from '@roleforge/lifecycle';
import { endProcesses, killProcess } from './end-processes.ts';
import { ServerStartFailed } from './errors.ts';
import { startGuardian } from './guardian-link.ts';
import type { ServerPrograms } from './platform-programs.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { providePrograms } from './provide-programs.ts';
import { type ServerCommand, startServer } from './server-process.ts';

/** A server that a test takes the life of, and gives it back. */
export interface KillableServer {
  readonly url: string;
  /** As a crash would (SIGKILL); returns when it is gone. */
  kill(): Promise<void>;
  /** As if it hung: its connections stay open, and nobody answers (SIGSTOP); until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Starts it again after `kill`, on the same port and data; returns when it answers. */
  startAgain(): Promise<void>;
}

/** Servers that end together: with `stop`, or when the program is gone that opened the group. */
export interface ServerGroup {
  /** A temporary folder, removed in the end. */
  readonly dataDir: string;
  readonly programs: ServerPrograms;
  start(command: ServerCommand, urlAt: (port: number) => string): Promise<KillableServer>;
  /** Has this process ended too if the program is gone before it has called `stop`: one that is frozen cannot see to it itself. */
  guard(pid: number): void;
  stop(): Promise<void>;
}

/**
 * Opens a group without servers. They have to be programs of this machine; containers will not do.
 * @throws ServerStartFailed, NoServersAvailable
 */
export async function openServerGroup(): Promise<ServerGroup> {
  const opened = nothingOpened();
  try {
    const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'roleforge-killable-')));
    opened.add(() => rmSync(dataDir, { recursive: true, force: true }));
    const guardian = startGuardian();
    opened.add(guardian.dismiss);
    guardian.tell({ folder: dataDir });
    const programs = await providePrograms(() => undefined);
    if (programs === 'docker')
      throw new ServerStartFailed('install redis-server and mariadb-server: servers in containers are not killed', '');

    const running = new Set<ProcessIdentity>();
    opened.add(() => endProcesses([...running]));
    return {
      dataDir,
      programs,
      async start(command, urlAt) {
        let present: ProcessIdentity | undefined;
        const onSpawn = (server: ProcessIdentity) => {
          guardian.tell({ server });
          running.add(server);
          present = server;
        };
        const signal = (name: NodeJS.Signals) => {
          if (present !== undefined && isRunning(present)) process.kill(present.pid, name);
        };
        const { port } = await startServer(command, onSpawn);
        return {
          url: urlAt(port),
          async kill() {
            if (present !== undefined) await killProcess(present);
          },
          freeze: () => signal('SIGSTOP'),
          thaw: () => signal('SIGCONT'),
          startAgain: async () => void (await startServer(command, onSpawn, port)),
        };
      },
      guard(pid) {
        const server = identify(pid);
        if (server !== undefined) guardian.tell({ server });
      },
      stop: opened.closeAll,
    };
  } catch (error) {
    // This failure is the one to tell, not one of the undoing.
    await opened.closeAll().catch(() => undefined);
    throw error;
  }
}

/** Opens a group and starts servers in it; where that fails, those that were started are ended first. */
export async function inServerGroup<Servers>(
  startAll: (group: ServerGroup) => Promise<Servers>,
): Promise<Servers & Pick<ServerGroup, 'stop'>> {
  const group = await openServerGroup();
  try {
    return { ...(await startAll(group)), stop: group.stop };
  } catch (error) {
    await group.stop().catch(() => undefined);
    throw error;
  }
}

/** All of them, or the first failure once each has come to an end: nothing starts behind the back of the undoing. */
export async function settled<Started extends unknown[]>(
  starts: readonly [...{ [At in keyof Started]: Promise<Started[At]> }],
): Promise<Started> {
  await Promise.allSettled(starts);
  return (await Promise.all(starts)) as Started;
}
