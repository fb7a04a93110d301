import { basename } from 'node:path';
import { type Kept, keepRunning } from '@roleforge/lifecycle';
import { endProcesses } from './end-processes.ts';
import type { GuardianLink } from './guardian-link.ts';
import { prepareMariadb } from './mariadb-server.ts';
import type { Passwords } from './passwords.ts';
import type { ServerPrograms } from './platform-programs.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { prepareRedis } from './redis-server.ts';
import { type RunningServer, type ServerCommand, startServer } from './server-process.ts';
import type { ServerRecord } from './server-record.ts';

export interface StartedServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Returns when the servers have written everything down and are gone. */
  stop(): Promise<void>;
}

/**
 * Runs the machine's own programs, both at once. One that ends by itself is started again, on its port and data.
 * @throws ServerStartFailed when one of them does not start; the other is ended first
 */
export async function startLocalServers(options: {
  programs: ServerPrograms;
  dataDir: string;
  durable: boolean;
  passwords: Passwords;
  guardian: GuardianLink;
  record: ServerRecord;
  report: (line: string) => void;
}): Promise<StartedServers> {
  const { programs, dataDir, durable, passwords, guardian, record, report } = options;
  const kept: Kept<RunningServer>[] = [];
  const keep = async (command: ServerCommand) => {
    const processes: ProcessIdentity[] = [];
    const onSpawn = (server: ProcessIdentity) => {
      processes.push(server);
      guardian.tell({ server });
      record.add(server);
    };
    const end = async (server: RunningServer) => {
      // Also one that is to take its place, and is not ready yet.
      await endProcesses(processes);
      await server.awaitEnd();
    };
    let port: number | undefined;
    const start = async () => {
      const server = await startServer(command, onSpawn, port);
      port = server.port;
      return server;
    };
    try {
      const server = await keepRunning({ name: basename(command.program), start, end, report });
      kept.push(server);
      return server.current().port;
    } catch (error) {
      await endProcesses(processes);
      throw error;
    }
  };
  const stop = async () => {
    await Promise.all(kept.map(server => server.stop()));
    record.clear();
  };

  const outcomes = await Promise.allSettled([
    keep(prepareRedis({ program: programs.redisServer, dataDir, durable, password: passwords.redis })),
    prepareMariadb({ programs, dataDir, durable, password: passwords.mariadb }).then(keep),
  ]);
  const [redis, mariadb] = outcomes;
  if (redis.status === 'fulfilled' && mariadb.status === 'fulfilled')
    return {
      redisUrl: `redis://:${passwords.redis}@127.0.0.1:${redis.value}/0`,
      databaseUrl: `mysql://roleforge:${passwords.mariadb}@127.0.0.1:${mariadb.value}/roleforge`,
      stop,
    };
  await stop();
  throw outcomes.find(outcome => outcome.status === 'rejected')?.reason;
}
