import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@roleforge/config';
import { ensureTenant, migrate, openDatabase } from '@roleforge/db';
import { startPrivateServers } from '@roleforge/testkit';
import getPort from 'get-port';
import { inPairs, PAIR_SECONDS } from './in-pairs.ts';
import { applyLoad, chooseTool } from './load.ts';

const CONNECTIONS = 50;
const KEY = 'rf_live_bench_key_of_the_logged_path';
const BODY = JSON.stringify({ taskId: 'tea-shop', metadata: { orderNo: 'A-17' } });

/**
 * What a line for each request costs the accept path: an api that logs at `info` into a file, against one that logs nothing of the
 * kind, on the same servers, taking turns.
 */
export async function benchLogging(): Promise<void> {
  const servers = await startPrivateServers({ durable: true });
  const folder = mkdtempSync(join(tmpdir(), 'roleforge-bench-'));
  const children: ChildProcess[] = [];
  try {
    const database = openDatabase({ url: servers.databaseUrl, patienceMs: 30_000 });
    await migrate(database);
    await ensureTenant(database, 'Bench', KEY);
    await database.close();
    const tool = await chooseTool();
    const start = async (level: 'info' | 'error') => {
      const port = await getPort();
      const file = join(folder, level);
      const output = openSync(file, 'a');
      const child = fork(join(import.meta.dirname, '../../apps/api/src/main.ts'), [], {
        env: childEnvironment({
          PORT: String(port),
          REDIS_URL: servers.redisUrl,
          DATABASE_URL: servers.databaseUrl,
          LOG_FORMAT: 'json',
          LOG_LEVEL: level,
          QUEUE_PREFIX: `bench-${level}`,
        }),
        stdio: ['ignore', output, 'inherit', 'ipc'],
      });
      children.push(child);
      closeSync(output);
      await once(child, 'message');
      const url = `http://127.0.0.1:${port}/v1/role-creations`;
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${KEY}` };
      const given = { url, headers, body: BODY, connections: CONNECTIONS, seconds: PAIR_SECONDS };
      return { file, pid: child.pid, load: async () => (await applyLoad(given, tool)).perSecond };
    };
    const [logged, silent] = [await start('info'), await start('error')];
    print(
      `logging: ${cpus().length} cores (${cpus()[0]?.model}), ${CONNECTIONS} connections, load by ${tool}, load average ${loadavg()[0]?.toFixed(2)} at the start`,
    );
    const { figures, microseconds } = await inPairs(logged, silent);
    print(`with a line for each request, against none ${figures}`);
    const line = await timeOfLine(join(folder, 'lines'));
    const share = (100 * line) / microseconds;
    print(
      `a line takes ${line.toFixed(1)} µs, a request ${microseconds.toFixed(0)} µs of processor time without it: ${share.toFixed(1)} %`,
    );
    const [lines, none] = [logged, silent].map(({ file }) => statSync(file).size);
    print(`${((lines ?? 0) / 1e6).toFixed(1)} MB logged, against ${((none ?? 0) / 1e6).toFixed(1)} MB`);
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(child => child.exitCode ?? once(child, 'exit')));
    await servers.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Microseconds of processor time. */
async function timeOfLine(file: string): Promise<number> {
  const output = openSync(file, 'w');
  const child = fork(join(import.meta.dirname, 'log-lines.ts'), [], { stdio: ['ignore', output, 'inherit', 'ipc'] });
  closeSync(output);
  const [microseconds] = await once(child, 'message');
  return microseconds as number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
