import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { childEnvironment } from '@roleforge/config';
import { SOURCE_KINDS, SubmitCreation, type TaskId, type TenantId } from '@roleforge/contracts';
import { acceptCreations, createSourceStore, type Database, ensureTenant, migrate, openDatabase } from '@roleforge/db';
import { newCreation, type SourceReader, type TakenCreation } from '@roleforge/domain';
import { closeRedis, openCreationQueue, openRedis } from '@roleforge/queue';
import { openSourceCache } from '@roleforge/source-cache';
import { startPrivateServers, startScriptedModel } from '@roleforge/testkit';
import { gather } from '../../apps/worker/src/gather.ts';
import { processorMs, residentMb } from './process-use.ts';

const QUERY_MS = 20;
const GATHERS = 20;
const MODEL_MS = 2_000;
const CONCURRENCY = 100;
/** Eight rounds of all slots: sixteen seconds of a worker that loses nothing. */
const CREATIONS = 800;
const IDLE_MS = 3_000;
const PREFIX = 'bench-pipeline';
/** Roles of one task take turns at its row, so there are as many tasks as creations in hand. */
const TASKS = Array.from({ length: CONCURRENCY }, (_, n) => `tea-shop-${n}` as TaskId);
const [TASK] = TASKS as [TaskId];

type Servers = { redisUrl: string; databaseUrl: string };

/**
 * What gathering takes with a database that needs 20 ms for a query: one after another, at once, and from copies; how many
 * roles a second one worker makes while the model takes two seconds for each; and how many statements a role costs MySQL.
 */
export async function benchPipeline(): Promise<void> {
  const servers = await startPrivateServers({ durable: false });
  const database = openDatabase({ url: servers.databaseUrl, patienceMs: 30_000 });
  try {
    await migrate(database);
    const tenantId = await ensureTenant(database, 'Bench', 'rf_live_bench_key_of_the_pipeline');
    await storeSources(database, tenantId);
    await measureGathering(database, servers, tenantId);
    await measureWorker(database, servers, tenantId);
  } finally {
    await database.close();
    await servers.stop();
  }
}

async function storeSources(database: Database, tenantId: TenantId): Promise<void> {
  const store = createSourceStore(database);
  const items = Array.from({ length: 20 }, (_, n) => ({ title: `Tea ${n}`, content: 'Water at 80 °C. '.repeat(20) }));
  for (const task of TASKS) {
    await store.putSource(tenantId, task, 'baseInfo', { name: 'Mira', locale: 'en', occupation: 'tea adviser' });
    await store.putSource(tenantId, task, 'talkStyle', { tone: 'warm and unhurried' });
    await store.putSource(tenantId, task, 'knowledge', { items });
    await store.putSource(tenantId, task, 'products', { items: [{ name: 'Longjing', price: 18, currency: 'GBP' }] });
  }
}

async function measureGathering(database: Database, { redisUrl }: Servers, tenantId: TenantId): Promise<void> {
  const store = createSourceStore(database);
  const slow: SourceReader = {
    async readSource(...source) {
      await pause(QUERY_MS);
      return store.readSource(...source);
    },
  };
  const [redis, listening] = [openRedis(redisUrl, 'cache'), openRedis(redisUrl, 'listener')];
  await Promise.all([once(redis, 'ready'), once(listening, 'ready')]);
  const cache = openSourceCache({ reader: slow, redis, listening, prefix: PREFIX, clock: () => new Date() });
  const uncached = {
    readCopy: async (...source: Parameters<typeof slow.readSource>) =>
      ({ source: await slow.readSource(...source), state: 'fresh', from: 'mysql', ageMs: 0 }) as never,
  };
  const creation = { tenantId, taskId: TASK, inlineSources: null } as unknown as TakenCreation;
  try {
    print(`\ngather, ${QUERY_MS} ms per query, median of ${GATHERS}                 ms`);
    const oneByOne = await median(async () => {
      for (const kind of SOURCE_KINDS) await slow.readSource(tenantId, TASK, kind);
    });
    print(row('four reads one after another', oneByOne));
    const atOnce = await median(() => gather(uncached, creation));
    print(row('four reads at once', atOnce, `${(oneByOne / atOnce).toFixed(1)} times as fast`));
    await gather(cache, creation);
    const cached = await median(() => gather(cache, creation));
    print(row('from copies in memory', cached, `${(oneByOne / cached).toFixed(0)} times as fast`));
  } finally {
    await cache.close();
    await Promise.all([closeRedis(redis), closeRedis(listening)]);
  }
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < GATHERS; turn += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[GATHERS >> 1] ?? 0;
}

async function measureWorker(database: Database, servers: Servers, tenantId: TenantId): Promise<void> {
  const model = await startScriptedModel({ record: false });
  model.always({ kind: 'answer', delayMs: MODEL_MS });
  const redis = openRedis(servers.redisUrl, 'worker');
  const queue = openCreationQueue(redis, PREFIX);
  const worker = await startWorker(servers, model.url);
  try {
    const perIdleMs = await idleStatements(database);
    const creations = Array.from({ length: CREATIONS }, (_, n) =>
      newCreation(SubmitCreation.parse({ taskId: TASKS[n % TASKS.length] }), {
        tenantId,
        requestId: 'bench',
        traceparent: null,
        now: new Date(),
      }),
    );
    await acceptCreations(database, creations);
    const before = await statements(database);
    const startedAt = performance.now();
    const ranBefore = processorMs(worker.pid);
    await queue.enqueue(creations);
    const asked = await allEnded(database, tenantId);
    const tookMs = performance.now() - startedAt;
    const ranMs = processorMs(worker.pid) - ranBefore;
    const made = difference(await statements(database), before);
    const { succeeded, seconds } = await resultOf(database, tenantId);
    const ideal = CONCURRENCY / (MODEL_MS / 1_000);
    print(`\none worker, concurrency ${CONCURRENCY}, a model that takes ${MODEL_MS / 1_000} s`);
    print(row('roles made', succeeded, `of ${CREATIONS}, in ${seconds.toFixed(1)} s`));
    print(
      row('roles a second', succeeded / seconds, `${((100 * succeeded) / seconds / ideal).toFixed(0)} % of ${ideal}`),
    );
    print(row('ms of the processor for a role', ranMs / CREATIONS));
    print(row('MB of memory, at its end', await residentMb(worker.pid as number)));
    print('\nstatements a role, without what an idle worker asks');
    for (const [name, count] of made) {
      const own = name === 'Com_select' || name === 'Questions' ? asked : 0;
      print(row(name, (count - own - (perIdleMs.get(name) ?? 0) * tookMs) / CREATIONS));
    }
  } finally {
    worker.kill('SIGTERM');
    await (worker.exitCode ?? once(worker, 'exit'));
    await queue.close();
    await closeRedis(redis);
    await model.close();
  }
}

async function startWorker({ redisUrl, databaseUrl }: Servers, modelUrl: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, '../../apps/worker/src/main.ts'), [], {
    env: childEnvironment({
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      QUEUE_PREFIX: PREFIX,
      WORKER_CONCURRENCY: String(CONCURRENCY),
      AI_BASE_URL: modelUrl,
      AI_MODEL: 'scripted-1',
      AI_API_KEY: 'sk-scripted',
      LOG_FORMAT: 'json',
    }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The worker did not start.');
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return child;
}

const COUNTED = ['Questions', 'Com_select', 'Com_insert', 'Com_update', 'Com_begin', 'Com_commit', 'Com_set_option'];

async function statements(database: Database): Promise<Map<string, number>> {
  const [rows] = await database.knex.raw('SHOW GLOBAL STATUS WHERE Variable_name IN (?)', [COUNTED]);
  return new Map(
    (rows as { Variable_name: string; Value: string }[]).map(each => [each.Variable_name, Number(each.Value)]),
  );
}

function difference(after: Map<string, number>, before: Map<string, number>): [string, number][] {
  return COUNTED.map(name => [name, (after.get(name) ?? 0) - (before.get(name) ?? 0)]);
}

/** How many statements a millisecond a worker makes that has nothing to do. */
async function idleStatements(database: Database): Promise<Map<string, number>> {
  const before = await statements(database);
  await pause(IDLE_MS);
  return new Map(difference(await statements(database), before).map(([name, count]) => [name, count / IDLE_MS]));
}

/** Resolves when all creations have ended, with how many statements it took to see that. */
async function allEnded(database: Database, tenantId: TenantId): Promise<number> {
  for (let asked = 1; ; asked += 1) {
    const [row] = await database
      .knex('role_creations')
      .where({ tenant_id: tenantId })
      .whereNotIn('status', ['succeeded', 'failed', 'expired', 'cancelled'])
      .count({ open: '*' });
    if (Number(row?.open) === 0) return asked;
    await pause(250);
  }
}

async function resultOf(database: Database, tenantId: TenantId): Promise<{ succeeded: number; seconds: number }> {
  const [row] = await database
    .knex('role_creations')
    .where({ tenant_id: tenantId, status: 'succeeded' })
    .count({ succeeded: '*' })
    .min({ first: 'started_at' })
    .max({ last: 'finished_at' });
  const { succeeded, first, last } = row as unknown as { succeeded: number; first: Date; last: Date };
  return { succeeded: Number(succeeded), seconds: (last.getTime() - first.getTime()) / 1_000 };
}

function row(name: string, value: number, note = ''): string {
  return `  ${name.padEnd(36)} ${value.toFixed(2).padStart(9)}   ${note}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
