import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createConnection } from 'mysql2/promise';
import { DataDirInUse, ServerStartFailed } from './errors.ts';
import { readSettings, readWords, writeWord } from './fixtures/probe-servers.ts';
import type { StartedServers } from './local-servers.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { startPrivateServers } from './start-private-servers.ts';

let folder: string;
let running: StartedServers[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'private-servers-'));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map(servers => servers.stop()));
  rmSync(folder, { recursive: true });
});

async function start(dataDir = folder, durable = false): Promise<StartedServers> {
  const servers = await startPrivateServers({ dataDir, durable });
  running.push(servers);
  return servers;
}

function recordedServers(dataDir: string): ProcessIdentity[] {
  return JSON.parse(readFileSync(join(dataDir, 'servers.json'), 'utf8'));
}

test('data written before a stop is there after the next start', async () => {
  const first = await start(folder, true);
  await writeWord(first, 'kept');
  await first.stop();
  const second = await start(folder, true);
  expect(await readWords(second)).toEqual({ redis: 'kept', database: ['kept'] });
});

test('nothing accepted is lost by default, and nothing is ever evicted', async () => {
  expect(await readSettings(await start(folder, true))).toMatchObject({
    redis: { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction', bind: '127.0.0.1', save: '' },
    database: { flush: 1, connections: 500, address: '127.0.0.1', characters: 'utf8mb4', name: 'roleforge' },
  });
});

test('tests may have fast servers, and databases of their own', async () => {
  const servers = await start();
  expect(await readSettings(servers)).toMatchObject({ redis: { appendfsync: 'no' }, database: { flush: 2 } });
  const database = await createConnection(servers.databaseUrl);
  await database.query('CREATE DATABASE roleforge_of_one_test');
  await expect(database.query('CREATE DATABASE another')).rejects.toThrow('Access denied');
  await database.end();
});

test('two folders are served side by side, whatever is in their names', async () => {
  const plain = await start(join(folder, 'one'));
  const odd = await start(join(folder, "two words' é $HOME"));
  await Promise.all([writeWord(plain, 'plain'), writeWord(odd, 'odd')]);
  expect(await readWords(plain)).toMatchObject({ redis: 'plain' });
  expect(await readWords(odd)).toEqual({ redis: 'odd', database: ['odd'] });
});

test('a folder in use is refused in one line, and stays in use', async () => {
  const first = await start();
  const refusal = await start().catch(error => error);
  expect(refusal).toBeInstanceOf(DataDirInUse);
  expect(refusal.message).toBe(
    `DATA_DIR ${folder} is in use by process ${process.pid}; stop it, or set DATA_DIR to another folder`,
  );
  await writeWord(first, 'undisturbed');
  expect(await readWords(first)).toMatchObject({ redis: 'undisturbed' });
});

test('a stop returns when the processes are gone, and may be repeated', async () => {
  const servers = await start();
  const processes = recordedServers(folder);
  expect(processes.map(isRunning)).toEqual([true, true]);
  await Promise.all([servers.stop(), servers.stop()]);
  expect(processes.map(isRunning)).toEqual([false, false]);
});

test('a server that ends by itself is started again where it was, with what it held', async () => {
  const reported: string[] = [];
  const servers = await startPrivateServers({ dataDir: folder, durable: true, report: line => reported.push(line) });
  running.push(servers);
  await writeWord(servers, 'survives');
  for (const server of recordedServers(folder)) process.kill(server.pid, 'SIGKILL');
  while (!(await readWords(servers).catch(() => false))) await pause(10);
  expect(await readWords(servers)).toEqual({ redis: 'survives', database: ['survives'] });
  expect(reported.toSorted()).toEqual([
    'mariadbd ended (signal SIGKILL); starting it again',
    'redis-server ended (signal SIGKILL); starting it again',
  ]);
}, 60_000);

test('a stop finds a server that is being started again', async () => {
  const servers = await start();
  for (const server of recordedServers(folder)) process.kill(server.pid, 'SIGKILL');
  while (recordedServers(folder).length < 4) await pause(1);
  const processes = recordedServers(folder);
  await servers.stop();
  expect(processes.map(isRunning)).toEqual([false, false, false, false]);
});

test('temporary tables of other MariaDB servers are safe from it', async () => {
  const servers = await start();
  expect(await readSettings(servers)).toMatchObject({ database: { scratch: join(folder, 'mariadb-scratch') } });
});

test('passwords are for their owner alone and stay the same', async () => {
  const first = await start();
  await first.stop();
  const second = await start();
  const passwordIn = (url: string) => new URL(url).password;
  expect(passwordIn(second.redisUrl)).toBe(passwordIn(first.redisUrl));
  expect(passwordIn(second.databaseUrl)).toMatch(/^[0-9a-f]{48}$/);
  const modes = ['passwords.json', 'redis/redis.conf', 'mariadb-setup.sql', 'redis', 'mariadb'].map(
    name => statSync(join(folder, name)).mode & 0o777,
  );
  expect(modes).toEqual([0o600, 0o600, 0o600, 0o700, 0o700]);
});

test('what a crash of the machine leaves behind is no obstacle', async () => {
  const first = await start();
  await writeWord(first, 'survives');
  await first.stop();
  // The numbers of the processes before the crash now belong to another one, here to this one.
  const reused = { pid: process.pid, startedAt: 'before the crash' };
  writeFileSync(join(folder, 'lock'), JSON.stringify(reused));
  writeFileSync(join(folder, 'servers.json'), JSON.stringify([reused]));
  writeFileSync(join(folder, 'mariadb.pid'), String(process.pid));
  mkdirSync(join(folder, 'mariadb-new-1'));
  const log = readdirSync(join(folder, 'redis/appendonlydir')).find(name => name.endsWith('.incr.aof'));
  appendFileSync(join(folder, 'redis/appendonlydir', String(log)), '*3\r\n$3\r\nSET\r\n$4\r\nwo');
  const second = await start();
  expect(await readWords(second)).toEqual({ redis: 'survives', database: ['survives'] });
});

test('a server that does not start says why, and nothing of the attempt stays', async () => {
  mkdirSync(join(folder, 'mariadb'));
  const failure = await start().catch(error => error);
  expect(failure).toBeInstanceOf(ServerStartFailed);
  expect(failure.message).toMatch(
    /^mariadbd ended while starting \(exit code 1\); it printed last:\n(.*\n)*.*\[ERROR\]/,
  );
  expect(readdirSync(folder)).not.toContain('lock');
  rmSync(join(folder, 'mariadb'), { recursive: true });
  await start();
});

test('a temporary folder goes with its servers', async () => {
  const servers = await startPrivateServers({ durable: false });
  running.push(servers);
  const database = await createConnection({ uri: servers.databaseUrl, rowsAsArray: true });
  const [rows] = await database.query('SELECT @@datadir');
  await database.end();
  const made = dirname(String((rows as unknown[][])[0]?.[0]));
  expect(recordedServers(made)).toHaveLength(2);
  await servers.stop();
  expect(existsSync(made)).toBe(false);
});

test('a process that is not there has no identity', () => {
  expect(identify(process.pid)).toMatchObject({ pid: process.pid });
  expect(identify(2 ** 30)).toBeUndefined();
});
