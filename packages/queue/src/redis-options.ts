import type { RedisAddress, RedisTopology } from '@roleforge/domain';
import type { ClusterOptions, RedisOptions } from 'ioredis';

/** What a connection is for decides how it behaves while Redis is away. */
export type RedisUse =
  /** Inside a request: fails at once. */
  | 'request'
  /** Keeps copies that can be done without: fails at once, and waits for no slow answer. */
  | 'cache'
  /** Blocks and waits: tries for ever, as BullMQ's workers ask for. */
  | 'worker'
  /** Listens to channels: subscribes again by itself. */
  | 'listener';

/** Whether who uses a connection is to be told at once that it is down. */
export function failsAtOnce(use: RedisUse): boolean {
  return use === 'request' || use === 'cache';
}

/**
 * `socketTimeout`: a connection on which a command goes unanswered that long, in milliseconds, is dropped and made anew. The
 * other end may be gone without a word (a failover, a firewall that forgets), and TCP alone notices that after many minutes.
 * It does not run while nothing is asked, so an idle connection is never dropped.
 */
const OF_USE = {
  request: { maxRetriesPerRequest: 0, commandTimeout: 2_000, socketTimeout: 5_000 },
  cache: { maxRetriesPerRequest: 0, commandTimeout: 300, socketTimeout: 5_000 },
  // BullMQ waits for a job for up to 10 s at a time, in silence.
  worker: { maxRetriesPerRequest: null, socketTimeout: 15_000 },
  listener: { maxRetriesPerRequest: null, autoResubscribe: true, socketTimeout: 5_000 },
} as const satisfies Record<RedisUse, RedisOptions>;

const CONNECT_MS = 2_000;
/** One that takes longer is passed over. */
const SENTINEL_ANSWER_MS = 1_000;
const RECONNECT_CAP_MS = 2_000;

export function reconnectAfterMs(tries: number): number {
  return Math.min(50 * 2 ** Math.min(tries, 6), RECONNECT_CAP_MS);
}

/** What `node:tls` is given. Server names are verified: an address in the configuration, not in the certificate, is refused. */
export type TlsMaterial = { ca?: Buffer; cert?: Buffer; key?: Buffer };

/** For any connection to one server, alone or of a cluster. */
function serverOptions({ login }: RedisAddress, use: RedisUse, tls: TlsMaterial | null): RedisOptions {
  return {
    ...OF_USE[use],
    ...loginOptions(login),
    connectTimeout: CONNECT_MS,
    // ioredis waits this long even for a socket that is closed already, and the process with it.
    disconnectTimeout: 200,
    ...(tls === null ? {} : { tls }),
  };
}

function loginOptions({ username, password }: RedisAddress['login']): RedisOptions {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}

/** For a connection to one server, or to the master that sentinels name. */
export function redisOptions(address: RedisAddress, use: RedisUse, tls: TlsMaterial | null): RedisOptions {
  const { topology, endpoints, db } = address;
  return {
    ...serverOptions(address, use, tls),
    ...(topology.kind === 'sentinel' ? sentinelOptions(topology, endpoints, tls) : endpoints[0]),
    db,
    enableOfflineQueue: !failsAtOnce(use),
    retryStrategy: reconnectAfterMs,
  };
}

function sentinelOptions(
  { master, login }: Extract<RedisTopology, { kind: 'sentinel' }>,
  endpoints: RedisAddress['endpoints'],
  tls: TlsMaterial | null,
): RedisOptions {
  return {
    sentinels: [...endpoints],
    name: master,
    ...(login.username === null ? {} : { sentinelUsername: login.username }),
    ...(login.password === null ? {} : { sentinelPassword: login.password }),
    ...(tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    sentinelCommandTimeout: SENTINEL_ANSWER_MS,
    sentinelRetryStrategy: reconnectAfterMs,
    // A master that became a replica behind our back: whoever asks it to write is to look for the new one, and ask again there.
    reconnectOnError: error => (error.message.startsWith('READONLY') ? 2 : false),
  };
}

/** How often a cluster is asked where its slots are, in milliseconds: a node that hangs is left as soon as the others have given it up. */
const LOOK_FOR_SLOTS_MS = 5_000;
/** For how long a worker's command waits before it is tried again elsewhere. */
const AGAIN_AFTER_MS = 100;

/**
 * For a cluster. What fails at once is sent once: while a node is away, what concerns its slots fails. A worker's command is sent again
 * until there is an answer.
 */
export function clusterOptions(address: RedisAddress, use: RedisUse, tls: TlsMaterial | null): ClusterOptions {
  const again = failsAtOnce(use) ? 0 : AGAIN_AFTER_MS;
  return {
    redisOptions: serverOptions(address, use, tls),
    enableOfflineQueue: !failsAtOnce(use),
    clusterRetryStrategy: reconnectAfterMs,
    retryDelayOnFailover: again,
    retryDelayOnClusterDown: again,
    ...(failsAtOnce(use) ? {} : { maxRedirections: Number.POSITIVE_INFINITY }),
    slotsRefreshTimeout: CONNECT_MS,
    slotsRefreshInterval: LOOK_FOR_SLOTS_MS,
    // The name is kept for the connection to look up: it is also what the certificate is for.
    dnsLookup: (host, found) => found(null, host),
  };
}
