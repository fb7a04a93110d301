import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { DataDirInUse } from './errors.ts';
import { readWords, writeWord } from './fixtures/probe-servers.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { startPrivateServers } from './start-private-servers.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/hold-servers.ts', import.meta.url));

let dataDir: string;
let program: ChildProcess;
let lines: AsyncIterator<string>;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'killed-program-'));
  // Its own process group, so that a signal to the group is what Ctrl-C is at a terminal.
  program = spawn(process.execPath, [PROGRAM, dataDir], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  if (!program.stdout) throw new Error('no pipe');
  lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
});

afterEach(async () => {
  await kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function nextLine() {
  const { value } = await lines.next();
  return JSON.parse(value);
}

async function kill(): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  program.kill('SIGKILL');
  await once(program, 'exit');
}

function heldServers(): ProcessIdentity[] {
  return JSON.parse(readFileSync(join(dataDir, 'servers.json'), 'utf8'));
}

async function allGone(processes: ProcessIdentity[]): Promise<void> {
  while (processes.some(isRunning)) await nextTurn();
}

test('Ctrl-C leaves the servers to the program; when it is killed they end by themselves', async () => {
  const addresses = await nextLine();
  await writeWord(addresses, 'written before');
  const servers = heldServers();
  process.kill(-Number(program.pid), 'SIGINT');
  expect(await nextLine()).toEqual({ interrupted: true });
  expect(await readWords(addresses)).toMatchObject({ redis: 'written before' });

  await kill();
  await allGone(servers);
  expect(servers).toHaveLength(2);

  const restarted = await startPrivateServers({ dataDir, durable: false });
  expect(await readWords(restarted)).toEqual({ redis: 'written before', database: ['written before'] });
  await restarted.stop();
});

test('a start right after the kill waits until the old servers are gone', async () => {
  const addresses = await nextLine();
  await writeWord(addresses, 'still there');
  const before = heldServers();
  await kill();
  const restarted = await startPrivateServers({ dataDir, durable: false });
  expect(before.some(isRunning)).toBe(false);
  expect(await readWords(restarted)).toEqual({ redis: 'still there', database: ['still there'] });
  await restarted.stop();
});

test('the folder of another living program is refused, with its number', async () => {
  await nextLine();
  const refusal = await startPrivateServers({ dataDir, durable: false }).catch(error => error);
  expect(refusal).toBeInstanceOf(DataDirInUse);
  expect(refusal.pid).toBe(program.pid);
  const servers = heldServers();
  await kill();
  await allGone(servers);
});

test('servers that were killed themselves start again with their data', async () => {
  const addresses = await nextLine();
  await writeWord(addresses, 'on disk');
  const servers = heldServers();
  for (const { pid } of servers) process.kill(pid, 'SIGKILL');
  await allGone(servers);
  await kill();
  const restarted = await startPrivateServers({ dataDir, durable: false });
  expect(await readWords(restarted)).toEqual({ redis: 'on disk', database: ['on disk'] });
  await restarted.stop();
});
