import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { childEnvironment } from '@roleforge/config';
import getPort from 'get-port';

const LAUNCHER = join(import.meta.dirname, '../../apps/launcher/src');
const APPS = join(import.meta.dirname, '../../apps');

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'roleforge-commands-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

type Settings = Parameters<typeof childEnvironment>[0];
const environment = (settings: Settings) => childEnvironment({ DATA_DIR: dataDir, LOG_FORMAT: 'json', ...settings });

function run(
  program: string,
  args: string[],
  settings: Settings,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [program, ...args], { env: environment(settings) }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('npm run demo', () => {
  test('makes four roles from nothing, prints them, and leaves nothing running', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stdout, stderr } = await run(join(LAUNCHER, 'demo.ts'), ['--exit'], { PORT: String(port) });
    taken.close();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`port ${port} is taken, using `);
    expect(stdout.match(/accepted in +[\d.]+ ms/g)).toHaveLength(4);
    expect(stdout.match(/succeeded/g)).toHaveLength(4);
    for (const name of ['茶小满', 'Wren Calloway', 'Qiao An', '程九渡']) expect(stdout).toContain(name);
    expect(processesOf(dataDir)).toEqual([]);
  }, 60_000);
});

describe('npm start', () => {
  test('serves until Ctrl-C, and leaves nothing running', async () => {
    const port = await getPort();
    const child = spawn(process.execPath, [join(LAUNCHER, 'start.ts'), '--workers', '2'], {
      env: environment({ PORT: String(port) }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', chunk => {
      printed += chunk;
    });
    while (!printed.includes('Ctrl-C stops it.')) await once(child.stdout, 'data');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect(printed.match(/"worker ready"/g)).toHaveLength(2);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(processesOf(dataDir)).toEqual([]);
  }, 60_000);

  test('stops when the npm that started it is ended, whose shell passes no signal on', async () => {
    const command = `'${process.execPath}' '${join(LAUNCHER, 'start.ts')}'; true`;
    const shell = spawn('sh', ['-c', command], {
      env: { ...environment({ PORT: '0' }), npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    shell.stdout.on('data', chunk => {
      printed += chunk;
    });
    while (!printed.includes('Ctrl-C stops it.')) await once(shell.stdout, 'data');
    expect(processesOf(dataDir)).not.toEqual([]);
    const over = once(shell.stdout, 'end');
    shell.kill('SIGTERM');
    // It ends when the last has let go of it, here the launcher and its services.
    await over;
    expect(processesOf(dataDir)).toEqual([]);
  }, 60_000);

  test.each([
    [
      'a port that is taken',
      async () => ({ PORT: String(((await listening()).address() as AddressInfo).port) }),
      /^start: PORT \d+ is taken by another program\n$/,
    ],
    [
      'a value that is wrong',
      async () => ({ WORKER_CONCURRENCY: 'many' }),
      /^start: WORKER_CONCURRENCY is not valid: [^\n]+\n$/,
    ],
    [
      'half of a pair',
      async () => ({ AI_BASE_URL: 'http://127.0.0.1:9/v1' }),
      /^start: AI_MODEL is missing: [^\n]+\n$/,
    ],
    [
      'a folder for data that is a file',
      async () => ({ DATA_DIR: import.meta.filename, PORT: '0' }),
      /^start: DATA_DIR cannot be a folder of ours: [^\n]+\n$/,
    ],
  ])('%s stops the start with one line', async (_, settings, line) => {
    const { code, stdout, stderr } = await run(join(LAUNCHER, 'start.ts'), [], await settings());
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });

  test('no number of workers stops the start with one line', async () => {
    const { code, stdout, stderr } = await run(join(LAUNCHER, 'start.ts'), ['--workers='], {});
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^start: --workers must be a whole number from 0 to 64, not ""\n$/);
  });
});

describe('a service started by hand', () => {
  test.each(['api', 'worker', 'migrate'])(
    '%s without its servers’ addresses stops with one line that names the first',
    async app => {
      const { code, stdout, stderr } = await run(join(APPS, app, 'src/main.ts'), [], {});
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^(api|worker|migrate)[^\n]*: (REDIS_URL|DATABASE_URL) is missing[^\n]*\n$/);
    },
  );
});

const open: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listening(): Promise<ReturnType<typeof createServer>> {
  const server = createServer().listen(0);
  open.push(server);
  await once(server, 'listening');
  return server;
}

/** Command lines of processes that name this folder; Linux tells. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter(command => command.includes(folder));
}
