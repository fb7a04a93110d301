import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { keepPasswords } from '../private-servers/passwords.ts';
import { prepareRedis } from '../private-servers/redis-server.ts';
import { inServerGroup, type KillableServer, type ServerGroup, settled } from '../private-servers/server-group.ts';
import { askRedis } from './ask-redis.ts';

export interface RedisSentinels extends Pick<ServerGroup, 'stop'> {
  /** A REDIS_URL that names all sentinels, with the password that they ask for. */
  readonly url: string;
  /** The server that the sentinels name as the master now. */
  master(): Promise<KillableServer>;
}

const MASTER = 'main';
/** After so long a silence a sentinel takes the master for down, in milliseconds. */
const DOWN_AFTER_MS = 1_000;
const SENTINELS = 3;
const REPLICAS = 2;

/**
 * A Redis with two replicas on this machine, and three sentinels that watch over them.
 * @throws ServerStartFailed, NoServersAvailable
 */
export function startRedisSentinels(): Promise<RedisSentinels> {
  return inServerGroup(async group => {
    const { redis: password, mariadb: sentinelPassword } = keepPasswords(group.dataDir);
    const first = await startRedis(group, 'redis-0', password, []);
    const { port } = new URL(first.url);
    const replicas = await settled(
      Array.from({ length: REPLICAS }, (_, index) =>
        startRedis(group, `redis-${index + 1}`, password, [`replicaof 127.0.0.1 ${port}`]),
      ),
    );
    const servers = [first, ...replicas];
    const sentinels = await settled(
      Array.from({ length: SENTINELS }, (_, index) =>
        startSentinel(group, `sentinel-${index}`, { port, password, sentinelPassword }),
      ),
    );
    for (const { url } of sentinels) await untilReady(url);
    return {
      url: `redis+sentinel://:${password}@${sentinels.map(({ url }) => new URL(url).host).join(',')}/${MASTER}?sentinel-password=${sentinelPassword}`,
      async master() {
        const [, named] = await askRedis(sentinels[0]?.url ?? '', async redis => {
          return (await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as [string, string];
        });
        const server = servers.find(({ url }) => new URL(url).port === named);
        if (server === undefined) throw new Error(`the sentinels name port ${named}, which is none of the servers`);
        return server;
      },
    };
  });
}

function startRedis(
  group: ServerGroup,
  name: string,
  password: string,
  more: readonly string[],
): Promise<KillableServer> {
  const dataDir = join(group.dataDir, name);
  mkdirSync(dataDir);
  const settings = [`masterauth ${password}`, 'repl-diskless-sync-delay 0', ...more];
  const command = prepareRedis({ program: group.programs.redisServer, dataDir, password, durable: false, settings });
  return group.start(command, at => `redis://:${password}@127.0.0.1:${at}`);
}

function startSentinel(
  { dataDir, programs, start }: ServerGroup,
  name: string,
  { port, password, sentinelPassword }: { port: string; password: string; sentinelPassword: string },
): Promise<KillableServer> {
  const folder = join(dataDir, name);
  mkdirSync(folder);
  const configuration = [
    'bind 127.0.0.1',
    `requirepass ${sentinelPassword}`,
    `sentinel sentinel-pass ${sentinelPassword}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${port} 2`,
    `sentinel auth-pass ${MASTER} ${password}`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 5000`,
    `sentinel parallel-syncs ${MASTER} 2`,
  ];
  // It writes into its configuration what it finds out.
  writeFileSync(join(folder, 'sentinel.conf'), `${configuration.join('\n')}\n`, { mode: 0o600 });
  return start(
    {
      program: programs.redisServer,
      args: at => ['sentinel.conf', '--port', String(at), '--sentinel'],
      cwd: folder,
      logFile: join(dataDir, `${name}.log`),
      readyText: '+monitor master',
    },
    at => `redis://:${sentinelPassword}@127.0.0.1:${at}`,
  );
}

/** Until then it could not move the master: it has to know the replicas, and the others who agree. */
async function untilReady(url: string): Promise<void> {
  await askRedis(url, async redis => {
    for (;;) {
      const flat = (await redis.call('SENTINEL', 'MASTER', MASTER)) as string[];
      const said = (name: string) => Number(flat[flat.indexOf(name) + 1]);
      if (said('num-slaves') === REPLICAS && said('num-other-sentinels') === SENTINELS - 1) return;
      await pause(50);
    }
  });
}
