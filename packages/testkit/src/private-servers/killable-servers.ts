import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nothingOpened } from '@roleforge/lifecycle';
import { endProcesses, killProcess } from './end-processes.ts';
import { ServerStartFailed } from './errors.ts';
import { startGuardian } from './guardian-link.ts';
import { prepareMariadb } from './mariadb-server.ts';
import { keepPasswords } from './passwords.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { providePrograms } from './provide-programs.ts';
import { prepareRedis } from './redis-server.ts';
import { type ServerCommand, startServer } from './server-process.ts';

/** A server that a test takes the life of, and gives it back. */
export interface KillableServer {
  readonly url: string;
  /** As a crash would (SIGKILL); returns when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and data; returns when it answers. */
  startAgain(): Promise<void>;
}

export interface KillableServers {
  readonly redis: KillableServer;
  readonly mariadb: KillableServer;
  /** Has this process ended too if the program is gone before it has called `stop`: one that is frozen cannot see to it itself. */
  guard(pid: number): void;
  stop(): Promise<void>;
}

/**
 * A Redis and a MariaDB as `startPrivateServers` starts them, on a temporary folder, with every write on the disk before it is
 * answered: for tests of what a crash leaves. They have to be programs of this machine; containers will not do.
 * @throws ServerStartFailed, NoServersAvailable
 */
export async function startKillableServers(): Promise<KillableServers> {
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
    const passwords = keepPasswords(dataDir);

    const running = new Set<ProcessIdentity>();
    opened.add(() => endProcesses([...running]));
    const start = async (command: ServerCommand, urlAt: (port: number) => string): Promise<KillableServer> => {
      let process: ProcessIdentity | undefined;
      const onSpawn = (server: ProcessIdentity) => {
        guardian.tell({ server });
        running.add(server);
        process = server;
      };
      const { port } = await startServer(command, onSpawn);
      return {
        url: urlAt(port),
        async kill() {
          if (process !== undefined) await killProcess(process);
        },
        startAgain: async () => void (await startServer(command, onSpawn, port)),
      };
    };
    const prepared = { dataDir, durable: true };
    const [redis, mariadb] = await settled([
      start(
        prepareRedis({ program: programs.redisServer, password: passwords.redis, ...prepared }),
        port => `redis://:${passwords.redis}@127.0.0.1:${port}/0`,
      ),
      prepareMariadb({ programs, password: passwords.mariadb, ...prepared }).then(command =>
        start(command, port => `mysql://roleforge:${passwords.mariadb}@127.0.0.1:${port}/roleforge`),
      ),
    ]);
    return {
      redis,
      mariadb,
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

/** Both, or the first failure once both have come to an end: nothing starts behind the back of the undoing. */
async function settled<T>(starts: [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}
