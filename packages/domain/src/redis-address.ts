import {
  AddressInvalid,
  decoded,
  type Endpoint,
  type Login,
  readEndpoint,
  readLogin,
  readOptions,
  readTlsFiles,
  TLS_FILE_OPTIONS,
  type TlsFiles,
} from './server-address.ts';

/*
 * What a REDIS_URL says, in the forms that most programs know:
 *
 *   redis://[user:password@]host[:port][/db]                            one server
 *   redis+cluster://[user:password@]host[:port],host[:port],…           a Redis Cluster, by some of its nodes
 *   redis+sentinel://[user:password@]host[:port],…/<master>[/db]        the master of that name, by the sentinels that know where it is
 *
 * `rediss` in place of `redis` is the same by TLS, with the options `ssl-ca`, `ssl-cert` and `ssl-key`. User and password are those of
 * the servers; what sentinels ask for stands in the options `sentinel-username` and `sentinel-password`.
 */

/** Where Redis is, and how it is entered. */
export type RedisAddress = {
  topology: RedisTopology;
  /** The server; or, of a cluster, nodes that know the others; or sentinels. */
  endpoints: readonly [Endpoint, ...Endpoint[]];
  login: Login;
  db: number;
  /** Null where the way is not encrypted. */
  tls: TlsFiles | null;
};

/** How the servers stand to each other. */
export type RedisTopology =
  | { kind: 'single' }
  | { kind: 'cluster' }
  | { kind: 'sentinel'; master: string; login: Login };

const ADDRESS = /^(rediss?)(?:\+(cluster|sentinel))?:\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const SENTINEL_OPTIONS = ['sentinel-username', 'sentinel-password'] as const;
const DEFAULT_PORT = { single: 6379, cluster: 6379, sentinel: 26_379 };

/** @throws AddressInvalid */
export function parseRedisAddress(address: string): RedisAddress {
  const [, scheme, named, user = '', hosts = '', path = '', query = ''] = ADDRESS.exec(address) ?? [];
  if (scheme === undefined)
    throw new AddressInvalid(
      'must be redis://host:port, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master (rediss for TLS)',
    );
  const kind = (named ?? 'single') as RedisTopology['kind'];
  const encrypted = scheme === 'rediss';
  const known = [...(encrypted ? TLS_FILE_OPTIONS : []), ...(kind === 'sentinel' ? SENTINEL_OPTIONS : [])];
  const options = readOptions(query, known);
  const parts = path.split('/').map(decoded);
  const master = kind === 'sentinel' ? (parts.shift() ?? '') : '';
  return {
    topology: topologyOf(kind, master, options),
    endpoints: endpointsOf(kind, hosts),
    login: readLogin(user),
    db: databaseOf(kind, parts),
    tls: encrypted ? readTlsFiles(options) : null,
  };
}

function topologyOf(kind: RedisTopology['kind'], master: string, options: ReadonlyMap<string, string>): RedisTopology {
  if (kind !== 'sentinel') return { kind };
  if (master === '') throw new AddressInvalid('must name the master after the sentinels: …/<master name>');
  const [username = null, password = null] = SENTINEL_OPTIONS.map(name => options.get(name));
  return { kind, master, login: { username, password } };
}

function endpointsOf(kind: RedisTopology['kind'], hosts: string): RedisAddress['endpoints'] {
  const [first = '', ...others] = hosts.split(',');
  if (kind === 'single' && others.length > 0)
    throw new AddressInvalid('names several servers, as redis+cluster:// and redis+sentinel:// do');
  const read = (host: string) => readEndpoint(host, DEFAULT_PORT[kind]);
  return [read(first), ...others.map(read)];
}

function databaseOf(kind: RedisTopology['kind'], [name = '', ...beyond]: readonly string[]): number {
  if (beyond.some(part => part !== '')) throw new AddressInvalid('goes on after the number of the database');
  if (!/^\d{0,5}$/.test(name)) throw new AddressInvalid('must name the database by its number');
  if (kind === 'cluster' && Number(name) !== 0) throw new AddressInvalid('names a database: a cluster has none but 0');
  return Number(name);
}
