import { endProcesses } from './end-processes.ts';
import type { GuardianLink } from './guardian-link.ts';
import { prepareMariadb } from './mariadb-server.ts';
import type { Passwords } from './passwords.ts';
import type { ServerPrograms } from './platform-programs.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { prepareRedis } from './redis-server.ts';
import { startServer } from './server-process.ts';
import type { ServerRecord } from './server-record.ts';

export interface StartedServers {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Returns when the servers have written everything down and are gone. */
  stop(): Promise<void>;
}

/**
 * Runs the machine's own programs, both at once.
 * @throws ServerStartFailed when one of them does not start; the other is ended first
 */
export async function startLocalServers(options: {
  programs: ServerPrograms;
  dataDir: string;
  durable: boolean;
  passwords: Passwords;
  guardian: GuardianLink;
  record: ServerRecord;
}): Promise<StartedServers> {
  const { programs, dataDir, durable, passwords, guardian, record } = options;
  const servers: ProcessIdentity[] = [];
  const onSpawn = (server: ProcessIdentity) => {
    servers.push(server);
    guardian.tell({ server });
    record.add(server);
  };
  const stop = async () => {
    await endProcesses(servers);
    record.clear();
  };
  const startRedis = async () =>
    startServer(prepareRedis({ program: programs.redisServer, dataDir, durable, password: passwords.redis }), onSpawn);
  const startMariadb = async () =>
    startServer(await prepareMariadb({ programs, dataDir, durable, password: passwords.mariadb }), onSpawn);

  const outcomes = await Promise.allSettled([startRedis(), startMariadb()]);
  const [redis, mariadb] = outcomes;
  if (redis.status === 'fulfilled' && mariadb.status === 'fulfilled')
    return {
      redisUrl: `redis://:${passwords.redis}@127.0.0.1:${redis.value.port}/0`,
      databaseUrl: `mysql://roleforge:${passwords.mariadb}@127.0.0.1:${mariadb.value.port}/roleforge`,
      stop,
    };
  await stop();
  throw outcomes.find(outcome => outcome.status === 'rejected')?.reason;
}
