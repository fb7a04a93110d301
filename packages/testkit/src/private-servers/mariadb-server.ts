import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerStartFailed } from './errors.ts';
import type { ServerPrograms } from './platform-programs.ts';
import { lastLines, runProgram } from './run-program.ts';
import type { ServerCommand } from './server-process.ts';

export interface MariadbOptions {
  readonly programs: ServerPrograms;
  readonly dataDir: string;
  readonly password: string;
  readonly durable: boolean;
  /** More options on its command line. */
  readonly options?: readonly string[];
  /** More statements at each start. */
  readonly statements?: readonly string[];
}

/** Nothing waits for the disk: for data that a crash of the machine may take with it. A crash of the server alone loses nothing. */
const FORGETFUL = [
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-log-file-size=16M',
  '--skip-innodb-doublewrite',
  '--loose-debug-no-sync',
];

/**
 * The command that runs MariaDB on `<dataDir>/mariadb`, initialised at first use (about 1.5 s; 0.4 s with `durable: false`). It has
 * the database `roleforge` and the user `roleforge`, who may also make databases whose names begin so.
 * @throws ServerStartFailed when initialising fails
 */
export async function prepareMariadb(options: MariadbOptions): Promise<ServerCommand> {
  const { programs, dataDir, durable } = options;
  const folder = join(dataDir, 'mariadb');
  const scratch = ownScratchFolder(dataDir);
  if (!existsSync(folder)) await initialise(options, folder, scratch);
  const setup = join(dataDir, 'mariadb-setup.sql');
  writeFileSync(setup, setupStatements(options.password, options.statements), { mode: 0o600 });
  return {
    program: programs.mariadbd,
    args: port => [
      '--no-defaults',
      ...asRoot('--user=root'),
      `--datadir=${folder}`,
      `--tmpdir=${scratch}`,
      `--pid-file=${join(dataDir, 'mariadb.pid')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      // No Unix socket: all clients come by TCP, and the system's root cannot be let in unasked.
      '--socket=',
      '--skip-name-resolve',
      '--max-connections=500',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_bin',
      `--init-file=${setup}`,
      ...(durable ? [] : FORGETFUL),
      ...(options.options ?? []),
    ],
    cwd: dataDir,
    logFile: join(dataDir, 'mariadb.log'),
    readyText: 'ready for connections',
  };
}

/** Makes the system tables beside their place and moves them in when complete: a start broken off leaves nothing half made. */
async function initialise(
  { programs, dataDir, durable }: MariadbOptions,
  folder: string,
  scratch: string,
): Promise<void> {
  for (const name of readdirSync(dataDir).filter(name => name.startsWith('mariadb-new-')))
    rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
  const fresh = join(dataDir, `mariadb-new-${process.pid}`);
  mkdirSync(fresh, { mode: 0o700 });
  const options = [
    '--no-defaults',
    '--force',
    // Short form: the script passes it on to the server only. At `--user=` it would also change owners in the system's plugin folder.
    ...asRoot('-uroot'),
    `--datadir=${fresh}`,
    '--skip-test-db',
    // The other method, normal, makes root accounts without a password that TCP can reach.
    '--auth-root-authentication-method=socket',
    ...(durable ? [] : FORGETFUL),
  ];
  // By environment, because the script splits what it passes on at spaces.
  const { code, printed } = await runProgram(programs.mariadbInstallDb, options, { TMPDIR: scratch });
  // Thirty lines of general advice follow the reason.
  const [reason = ''] = printed.split('Installation of system tables failed!');
  if (code !== 0) throw new ServerStartFailed('mariadb-install-db failed', lastLines(reason));
  renameSync(fresh, folder);
}

/** A starting MariaDB deletes every temporary table in its scratch folder: in /tmp these could be another server's, in use. */
function ownScratchFolder(dataDir: string): string {
  const scratch = join(dataDir, 'mariadb-scratch');
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  return scratch;
}

/** MariaDB serves as root only when told to in so many words. */
function asRoot(option: string): string[] {
  return process.getuid?.() === 0 ? [option] : [];
}

/** Executed by the server at each start, before the first connection: one statement a line. */
function setupStatements(password: string, more: readonly string[] = []): string {
  return [
    'CREATE DATABASE IF NOT EXISTS roleforge;',
    `CREATE USER IF NOT EXISTS roleforge@'127.0.0.1';`,
    `ALTER USER roleforge@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL ON `roleforge%`.* TO roleforge@'127.0.0.1';",
    ...more,
    '',
  ].join('\n');
}
