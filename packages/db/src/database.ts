import { readFileSync } from 'node:fs';
import { type MysqlAddress, parseMysqlAddress, StoreUnavailable, tlsMaterial } from '@roleforge/domain';
import knex, { type Knex } from 'knex';
import { prepareSession } from './session.ts';

/** A pool of connections to MySQL or MariaDB, and the query builder over it. */
export type Database = {
  readonly knex: Knex;
  /** How long a query or a transaction may take before the server counts as away, in milliseconds. */
  readonly patienceMs: number;
  /** Resolves when the server answers. @throws StoreUnavailable */
  ping(): Promise<void>;
  /** How many connections are in use, how many are free, and how much work waits for one. */
  pool(): { used: number; free: number; pending: number };
  close(): Promise<void>;
};

/** What is asked here of knex's pool, which its types do not have. */
type Pool = Record<'numUsed' | 'numFree' | 'numPendingAcquires', () => number>;

type Options = {
  /** A DATABASE_URL: see domain/mysql-address.ts. */
  url: string;
  /** Most connections open at once. */
  connections?: number;
  /** How long to wait for a connection, and then for an answer, in milliseconds. */
  patienceMs?: number;
  /** After how long without an answer a connection is broken off, if not after the patience: migrations take their time. */
  answerMs?: number;
};

/**
 * Opens a pool; connects at the first query. Times are UTC on both sides, and bad values are refused, not bent.
 * @throws AddressInvalid, and Error where a file for TLS cannot be read
 */
export function openDatabase({ url, connections = 10, patienceMs = 1_500, answerMs = patienceMs }: Options): Database {
  const { host, port, user, password, database: name, tls } = parseMysqlAddress(url);
  const builder = knex({
    client: 'mysql2',
    connection: {
      host,
      port,
      user,
      password,
      database: name,
      ...(tls === null ? {} : { ssl: encryption(tls) }),
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: patienceMs,
    },
    pool: {
      min: 0,
      max: connections,
      afterCreate: prepareSession(answerMs),
    },
    acquireConnectionTimeout: patienceMs,
    // Otherwise an error's message holds the statement with its values, and so what customers wrote.
    compileSqlOnError: false,
    // What goes wrong is thrown; knex would print it besides.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  const database: Database = {
    knex: builder,
    patienceMs,
    ping: () => answered(database, async () => void (await builder.raw('SELECT 1'))),
    pool() {
      const pool: Pool = builder.client.pool;
      return { used: pool.numUsed(), free: pool.numFree(), pending: pool.numPendingAcquires() };
    },
    close: () => builder.destroy(),
  };
  return database;
}

function encryption({ verify, ...files }: NonNullable<MysqlAddress['tls']>) {
  return {
    ...tlsMaterial(files, path => readFileSync(path)),
    rejectUnauthorized: verify !== 'nothing',
    verifyIdentity: verify === 'identity',
  };
}

/** Errors after which nothing is known of the server: as opposed to those in which it refused a statement. */
const NO_ANSWER = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_QUERY_TIMEOUT',
]);

/** Errors after which a transaction was rolled back whole and may be tried again. */
const TRY_AGAIN = ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT'];
const TRIES = 4;

/**
 * Runs a query or a transaction, and turns "the server does not answer" into StoreUnavailable; after the patience has run
 * out it is not known whether the work took effect. Work that met a deadlock is done again, as is work that met an error
 * named in `tryAgainOn`.
 */
export async function answered<T>(
  { patienceMs }: Pick<Database, 'patienceMs'>,
  work: () => Promise<T>,
  tryAgainOn: string[] = [],
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await within(patienceMs, work());
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      const { code, name, message } = error as { code?: string; name?: string; message?: string };
      if (tries < TRIES && code !== undefined && [...TRY_AGAIN, ...tryAgainOn].includes(code)) continue;
      const closed = message === 'Connection is closed.' || message?.includes('closed state') === true;
      if (name === 'KnexTimeoutError' || closed || (code !== undefined && NO_ANSWER.has(code)))
        throw new StoreUnavailable('MySQL does not answer.', { cause: error });
      throw error;
    }
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overrun = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailable(`MySQL did not answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, overrun]);
  } finally {
    clearTimeout(timer);
  }
}
