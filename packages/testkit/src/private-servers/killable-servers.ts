import { prepareMariadb } from './mariadb-server.ts';
import { keepPasswords } from './passwords.ts';
import { prepareRedis } from './redis-server.ts';
import { inServerGroup, type KillableServer, type ServerGroup, settled } from './server-group.ts';

export interface KillableServers extends Pick<ServerGroup, 'guard' | 'stop'> {
  readonly redis: KillableServer;
  readonly mariadb: KillableServer;
}

/**
 * A Redis and a MariaDB as `startPrivateServers` starts them, on a temporary folder, with every write on the disk before it is
 * answered: for tests of what a crash leaves. They have to be programs of this machine; containers will not do.
 * @throws ServerStartFailed, NoServersAvailable
 */
export function startKillableServers(): Promise<KillableServers> {
  return inServerGroup(async group => {
    const { dataDir, programs, guard } = group;
    const passwords = keepPasswords(dataDir);
    const prepared = { dataDir, durable: true };
    const [redis, mariadb] = await settled([
      group.start(
        prepareRedis({ program: programs.redisServer, password: passwords.redis, ...prepared }),
        port => `redis://:${passwords.redis}@127.0.0.1:${port}/0`,
      ),
      prepareMariadb({ programs, password: passwords.mariadb, ...prepared }).then(command =>
        group.start(command, port => `mysql://roleforge:${passwords.mariadb}@127.0.0.1:${port}/roleforge`),
      ),
    ]);
    return { redis, mariadb, guard };
  });
}
