import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { childEnvironment } from '@roleforge/config';
import { openDatabase } from '@roleforge/db';
import { parseMysqlAddress } from '@roleforge/domain';
import { findProgram } from '@roleforge/testkit';
import { clientAddress } from './client-address.ts';

/*
 * What a dump is made with. One transaction sees all tables as they were at its begin, and nobody waits for it. Hashes of keys are bytes, and
 * stay what they are as hexadecimal digits. Without DROP TABLE, a dump that is led into the wrong database stops at its first statement.
 */
const DUMP_OPTIONS = [
  '--single-transaction',
  '--quick',
  '--hex-blob',
  '--no-tablespaces',
  '--skip-add-drop-table',
  '--default-character-set=utf8mb4',
];

/** A child of which standard error is kept: the last of it says why it failed. */
type Client = { name: string; child: ReturnType<typeof spawn>; complaint: () => string };

/**
 * Writes all that a database holds to a new file, as SQL, compressed. The file has its name once it is whole, on the disk.
 * @param more options for mariadb-dump or mysqldump, beside ours
 * @throws Error when the file is there already, the program is not, or it fails; then no file is left
 */
export async function dumpDatabase(databaseUrl: string, file: string, more: readonly string[] = []): Promise<void> {
  if (existsSync(file)) throw thereAlready(file);
  const partial = `${file}.${process.pid}.partial`;
  const client = startClient(['mariadb-dump', 'mysqldump'], databaseUrl, [...DUMP_OPTIONS, ...more]);
  try {
    const written = pipeline(
      client.child.stdout ?? [],
      createGzip(),
      // Made here, so that nobody else can read it; another dump to the same file has one of its own.
      createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await Promise.all([succeeded(client), written]);
    giveName(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Names the whole dump, unless the name was taken while it was made: a rename would overwrite what is there. */
function giveName(partial: string, file: string): void {
  try {
    linkSync(partial, file);
  } catch {
    if (existsSync(file)) throw thereAlready(file);
    // Disks of other systems and some shares have no links: a dump of hours is not thrown away for that.
    renameSync(partial, file);
  }
}

function thereAlready(file: string): Error {
  return new Error(`${file} is there already; it is not overwritten`);
}

/**
 * Brings a dump into a database without tables, and returns how many it has then.
 * @param more options for mariadb or mysql
 * @throws Error when the database has tables or the program is not there; and when the file cannot be read or a statement fails, with what
 *   the database holds then, and what is to be done
 */
export async function restoreDatabase(
  databaseUrl: string,
  file: string,
  more: readonly string[] = [],
): Promise<number> {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  const tables = await countTables(databaseUrl);
  if (tables > 0) throw new Error(`the database has ${tables} tables; a dump is restored into an empty one`);
  const client = startClient(['mariadb', 'mysql'], databaseUrl, ['--default-character-set=utf8mb4', ...more]);
  try {
    await feed(client, file);
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${await whatIsLeft(databaseUrl)}`, { cause: error });
  }
  return countTables(databaseUrl);
}

/** Leads the dump into the client. */
async function feed(client: Client, file: string): Promise<void> {
  const { stdin } = client.child;
  if (stdin === null) throw new Error(`${client.name} takes no input`);
  // Where it has failed it says why, and reads no further: that the pipe broke is no news.
  const read = pipeline(createReadStream(file), createGunzip(), stdin).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      client.child.kill();
      throw error;
    }
  });
  const [, outcome] = await Promise.allSettled([succeeded(client), read]);
  if (outcome.status === 'rejected') throw new Error(`${file} cannot be read`, { cause: outcome.reason });
  await succeeded(client);
}

/** Statements that define tables cannot be taken back: what a restore has come to before it failed is there, and in the way of the next. */
async function whatIsLeft(databaseUrl: string): Promise<string> {
  const tables = await countTables(databaseUrl).catch(() => null);
  if (tables === 0) return 'the database is still empty: restore again';
  const held = tables === null ? 'may hold a part of the dump' : `holds a part of the dump, ${tables} tables`;
  return `the database ${held}: do not start on it; drop it, create it anew, and restore again`;
}

async function countTables(url: string): Promise<number> {
  const database = openDatabase({ url, connections: 1, patienceMs: 10_000 });
  try {
    const [rows] = await database.knex.raw('SHOW TABLES');
    return rows.length;
  } finally {
    await database.close();
  }
}

/** The first of these programs that is there, told where the database is. The password goes by environment: a command line is seen by all. */
function startClient(names: readonly [string, string], databaseUrl: string, options: readonly string[]): Client {
  const name = names.find(one => findProgram(one) !== undefined);
  if (name === undefined) throw new Error(`${names.join(' or ')} is needed: install mariadb-client or mysql-client`);
  const { password } = parseMysqlAddress(databaseUrl);
  const child = spawn(
    findProgram(name) as string,
    // Its settings are in the URL, not in somebody's .my.cnf.
    ['--no-defaults', ...options, ...clientAddress(databaseUrl, name)],
    { env: { ...childEnvironment({}), MYSQL_PWD: password }, stdio: 'pipe' },
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-1_000);
  });
  return { name, child, complaint: () => complaint.trim() };
}

async function succeeded({ name, child, complaint }: Client): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${name} failed: ${complaint() || `exit code ${child.exitCode}`}`);
}
