import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { findFreePort } from '../private-servers/free-port.ts';
import { keepPasswords } from '../private-servers/passwords.ts';
import { provideTools } from '../private-servers/provide-tools.ts';
import { prepareRedis } from '../private-servers/redis-server.ts';
import { runProgram } from '../private-servers/run-program.ts';
import { inServerGroup, type KillableServer, type ServerGroup, settled } from '../private-servers/server-group.ts';
import { askRedis } from './ask-redis.ts';

export interface RedisCluster extends Pick<ServerGroup, 'stop'> {
  /** A REDIS_URL that names all nodes. */
  readonly url: string;
  readonly nodes: readonly KillableServer[];
  /** The node that has the slot of a key now. */
  masterOf(key: string): Promise<KillableServer>;
  /** Resolves when a master's replicas have all that it has: it passes that on after it has answered. */
  passedOn(master: KillableServer): Promise<void>;
}

const NODES = 6;
/** After so long a silence a node is given up by the others, in milliseconds. */
const GIVEN_UP_AFTER_MS = 1_000;

/**
 * A Redis Cluster on this machine: three masters with a replica each, which the others give up after a second.
 * @throws ServerStartFailed, NoServersAvailable
 */
export function startRedisCluster(): Promise<RedisCluster> {
  return inServerGroup(async group => {
    const { 'redis-cli': cli } = await provideTools({ 'redis-cli': 'redis-tools' });
    const { redis: password } = keepPasswords(group.dataDir);
    const nodes = await settled(Array.from({ length: NODES }, (_, index) => startNode(group, index, password)));
    const addresses = nodes.map(({ url }) => new URL(url).host);
    const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'];
    const { code, printed } = await runProgram(cli, create, { REDISCLI_AUTH: password });
    if (code !== 0) throw new Error(`redis-cli --cluster create failed:\n${printed}`);
    for (const { url } of nodes) await askRedis(url, isWhole);
    return {
      nodes,
      url: `redis+cluster://:${password}@${addresses.join(',')}`,
      async masterOf(key) {
        const port = await portOfMaster(nodes, key);
        const node = nodes.find(({ url }) => new URL(url).port === String(port));
        if (node === undefined) throw new Error(`no node has the slot of ${key}`);
        return node;
      },
      passedOn: ({ url }) => askRedis(url, hasPassedOn),
    };
  });
}

async function startNode(group: ServerGroup, index: number, password: string): Promise<KillableServer> {
  const dataDir = join(group.dataDir, `node-${index}`);
  mkdirSync(dataDir);
  const settings = [
    'cluster-enabled yes',
    // By itself it would be the port and 10,000, which may be more than there are.
    `cluster-port ${await findFreePort()}`,
    `cluster-node-timeout ${GIVEN_UP_AFTER_MS}`,
    'cluster-replica-validity-factor 0',
    `masterauth ${password}`,
    // Nobody waits at its end for replicas that end as well.
    'shutdown-timeout 0',
  ];
  const command = prepareRedis({ program: group.programs.redisServer, dataDir, password, durable: false, settings });
  return group.start(command, port => `redis://:${password}@127.0.0.1:${port}`);
}

/** Whether a node knows the whole cluster, and its master's data where it is a replica. */
async function isWhole(node: Redis): Promise<void> {
  for (;;) {
    const [info, role] = await Promise.all([node.cluster('INFO'), node.info('replication')]);
    const replicates = role.includes('role:master') || role.includes('master_link_status:up');
    if (String(info).includes('cluster_state:ok') && replicates) return;
    await pause(20);
  }
}

async function hasPassedOn(master: Redis): Promise<void> {
  for (;;) {
    const role = await master.info('replication');
    const [, offset] = /^master_repl_offset:(\d+)/m.exec(role) ?? [];
    const replicas = [...role.matchAll(/^slave\d+:.*?,offset=(\d+)/gm)];
    if (replicas.length > 0 && replicas.every(([, has]) => has === offset)) return;
    await pause(20);
  }
}

/** Asks the nodes that answer, until one knows. */
async function portOfMaster(nodes: readonly KillableServer[], key: string): Promise<number> {
  for (const { url } of nodes) {
    const found = await askRedis(url, async node => {
      const slot = await node.cluster('KEYSLOT', key);
      const ranges = await node.cluster('SLOTS');
      return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2]?.[1];
    }).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error('no node answers');
}
