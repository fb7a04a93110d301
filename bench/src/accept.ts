import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@roleforge/config';
import { ensureTenant, migrate, openDatabase } from '@roleforge/db';
import { startPrivateServers } from '@roleforge/testkit';
import getPort from 'get-port';
import { PAIR_SECONDS } from './in-pairs.ts';
import { addLimitedTenant, compareLimits } from './limits-cost.ts';
import { applyLoad, chooseTool, type LoadResult } from './load.ts';

const CONNECTIONS = [1, 50, 200];
const ROUNDS = 3;
const SECONDS = 6;
const KEY = 'rf_live_bench_key_of_the_accept_path';
const BODY = JSON.stringify({ taskId: 'tea-shop', metadata: { orderNo: 'A-17' } });

type Target = { name: string; url: string; pid: number | undefined; results: Map<number, LoadResult[]> };

/**
 * How many submissions a second are accepted, and how quickly, by the api with its durable ledger and by a bare endpoint
 * beside it. The two take turns in every round, so that what else the machine does weighs on both. Then what limits add to that.
 */
export async function benchAccept(): Promise<void> {
  const servers = await startPrivateServers({ durable: true });
  const children: ChildProcess[] = [];
  try {
    const database = openDatabase({ url: servers.databaseUrl, patienceMs: 30_000 });
    await migrate(database);
    await ensureTenant(database, 'Bench', KEY);
    await addLimitedTenant(database);
    await database.close();
    const api = await startTarget('api', '../../apps/api/src/main.ts', servers, children);
    const targets = [api, await startTarget('bare', './bare-endpoint.ts', servers, children)];
    const tool = await chooseTool();
    print(
      `accept: ${cpus().length} cores (${cpus()[0]?.model}), load by ${tool}, ${ROUNDS} rounds of ${SECONDS} s, load average ${loadavg()[0]?.toFixed(2)} at the start`,
    );
    for (const target of targets) await measure(target, 50, 3, tool);
    for (const connections of CONNECTIONS)
      for (let round = 0; round < ROUNDS; round += 1)
        for (const target of targets) {
          const result = await measure(target, connections, SECONDS, tool);
          target.results.set(connections, [...(target.results.get(connections) ?? []), result]);
        }
    report(targets);
    const load = async (key: string) => (await measure(api, 50, PAIR_SECONDS, tool, key)).perSecond;
    print(`\n${await compareLimits({ pid: api.pid, key: KEY, load })}`);
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(child => child.exitCode ?? once(child, 'exit')));
    await servers.stop();
  }
}

async function startTarget(
  name: string,
  program: string,
  servers: { redisUrl: string; databaseUrl: string },
  children: ChildProcess[],
): Promise<Target> {
  const port = await getPort();
  const child = fork(join(import.meta.dirname, program), [], {
    env: childEnvironment({
      PORT: String(port),
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
      LOG_FORMAT: 'json',
    }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  await once(child, 'message');
  return { name, url: `http://127.0.0.1:${port}/v1/role-creations`, pid: child.pid, results: new Map() };
}

function measure(
  { url }: Target,
  connections: number,
  seconds: number,
  tool: 'wrk' | 'autocannon',
  key = KEY,
): Promise<LoadResult> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
  return applyLoad({ url, headers, body: BODY, connections, seconds }, tool);
}

function report([api, bare]: Target[]): void {
  print('\nconnections  target   requests/s     p50 ms     p99 ms  failed   (medians)');
  for (const connections of CONNECTIONS) {
    const rows = [api, bare].map(target => ({ target, result: medians(target?.results.get(connections) ?? []) }));
    for (const { target, result } of rows)
      print(
        `${String(connections).padStart(11)}  ${target?.name.padEnd(6)} ${result.perSecond.toFixed(0).padStart(11)} ${result.p50.toFixed(2).padStart(10)} ${result.p99.toFixed(2).padStart(10)} ${String(result.failed).padStart(7)}`,
      );
    const [first, second] = rows;
    if (first && second)
      print(`${''.padStart(11)}  ratio ${(first.result.perSecond / second.result.perSecond).toFixed(2).padStart(12)}`);
  }
}

function medians(results: readonly LoadResult[]): LoadResult {
  const of = (key: keyof LoadResult) =>
    results.map(result => result[key]).toSorted((a, b) => a - b)[results.length >> 1] ?? 0;
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), failed: of('failed') };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
