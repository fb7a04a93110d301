import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { endProcesses } from './end-processes.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { prepareRedis } from './redis-server.ts';
import { startServer } from './server-process.ts';

test('a server that loses the race for its port gets another', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'server-process-'));
  const winner = createServer().listen(0, '127.0.0.1');
  await once(winner, 'listening');
  const lost = (winner.address() as AddressInfo).port;
  const command = prepareRedis({ program: 'redis-server', dataDir, password: 'secret', durable: false });
  const tried: number[] = [];
  const args = (port: number) => {
    tried.push(tried.length === 0 ? lost : port);
    return command.args(Number(tried.at(-1)));
  };
  const spawned: ProcessIdentity[] = [];
  try {
    const { port } = await startServer({ ...command, args }, server => spawned.push(server));
    expect(tried).toEqual([lost, port]);
    expect(spawned).toHaveLength(2);
  } finally {
    await endProcesses(spawned);
    winner.close();
    rmSync(dataDir, { recursive: true });
  }
});

test('a program that cannot be run is an error that names it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'server-process-'));
  const command = prepareRedis({ program: '/nowhere/redis-server', dataDir, password: 'secret', durable: true });
  await expect(startServer(command, () => undefined)).rejects.toThrow('redis-server could not be started: spawn');
  rmSync(dataDir, { recursive: true });
});
