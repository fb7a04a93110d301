import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { childEnvironment } from '@roleforge/config';
import { ensureTenant, migrate, openDatabase } from '@roleforge/db';
import { createEventLog, type EventLog } from '@roleforge/queue';
import { startPrivateServers } from '@roleforge/testkit';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { residentMb } from './process-use.ts';

const CLIENTS = 1_000;
/** How many creations the clients follow between them: each one of its own, or all of them a few. */
const CASES = [CLIENTS, 10];
const EVENTS_EACH = 20;
/** Long enough for a garbage collection, and for a look at log and ledger by streams that fell silent. */
const SETTLE_MS = 45_000;
const KEY = 'rf_live_bench_key_of_those_who_follow';
const PREFIX = 'bench-follow';

type Servers = { redisUrl: string; databaseUrl: string };
type Follower = { request: ClientRequest; response: IncomingMessage; events: number };
type Api = { child: ChildProcess; url: string };
type Reading = { name: string; mb: number; note: string };

/**
 * How much memory an api process takes with a thousand streams open, how soon an event is with all who follow, and with how
 * many connections the process listens to Redis. The clients live in this process: what is read is the api's own.
 */
export async function benchFollow(): Promise<void> {
  const servers = await startPrivateServers({ durable: false });
  const redis = new Redis(servers.redisUrl);
  try {
    const database = openDatabase({ url: servers.databaseUrl, patienceMs: 30_000 });
    await migrate(database);
    await ensureTenant(database, 'Bench', KEY);
    await database.close();
    // The first start of all compiles; every other one finds that done.
    await stopApi(await startApi(servers));
    for (const creations of CASES) report(creations, await follow(servers, redis, creations));
  } finally {
    redis.disconnect();
    await servers.stop();
  }
}

async function follow(servers: Servers, redis: Redis, creations: number): Promise<Reading[]> {
  const api = await startApi(servers);
  const log = createEventLog(redis, PREFIX);
  const readings: Reading[] = [];
  const read = async (name: string, note = '') =>
    void readings.push({ name, mb: await residentMb(api.child.pid ?? 0), note });
  try {
    await pause(2_000);
    await read('idle');
    const ids: string[] = [];
    while (ids.length < creations)
      ids.push(...(await Promise.all(Array.from({ length: Math.min(50, creations) }, () => submit(api)))));
    await read(`${creations} accepted`);

    const followers = await openAll(api, ids);
    await told(followers, 1);
    const subscribed = String(await redis.client('LIST')).split('\n');
    await read(`${CLIENTS} open`, `${subscribed.filter(line => /\bp?sub=[1-9]/.test(line)).length} subscribing`);
    await pause(SETTLE_MS);
    await read(`${CLIENTS} open, silent`, `for ${SETTLE_MS / 1_000} s`);

    const ms = await publish(log, ids, followers);
    await read(`${EVENTS_EACH} events each`, `all received within ${ms} ms`);
    await pause(SETTLE_MS);
    await read('silent again');

    for (const { request } of followers) request.destroy();
    await pause(SETTLE_MS);
    await read('all gone');
    return readings;
  } finally {
    await stopApi(api);
  }
}

async function startApi({ redisUrl, databaseUrl }: Servers): Promise<Api> {
  const port = await getPort();
  const child = fork(join(import.meta.dirname, '../../apps/api/src/main.ts'), [], {
    env: childEnvironment({
      PORT: String(port),
      REDIS_URL: redisUrl,
      DATABASE_URL: databaseUrl,
      QUEUE_PREFIX: PREFIX,
      LOG_FORMAT: 'json',
    }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The api did not start.');
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return { child, url: `http://127.0.0.1:${port}/v1/role-creations` };
}

async function stopApi({ child }: Api): Promise<void> {
  child.kill('SIGTERM');
  await (child.exitCode ?? once(child, 'exit'));
}

async function submit({ url }: Api): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ taskId: 'tea-shop' }),
  });
  return ((await response.json()) as { id: string }).id;
}

async function openAll({ url }: Api, ids: readonly string[]): Promise<Follower[]> {
  const followers: Follower[] = [];
  for (let index = 0; index < CLIENTS; index += 1) {
    const headers = { authorization: `Bearer ${KEY}`, accept: 'text/event-stream' };
    const request = get(`${url}/${ids[index % ids.length]}/events`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const follower: Follower = { request, response, events: 0 };
    request.on('error', () => {});
    response.on('error', () => {});
    response.setEncoding('utf8').on('data', (text: string) => {
      follower.events += text.match(/^id:/gm)?.length ?? 0;
    });
    followers.push(follower);
  }
  return followers;
}

/** Appends the events round by round, and returns how long the slowest round took to be with everyone, in milliseconds. */
async function publish(log: EventLog, ids: readonly string[], followers: readonly Follower[]): Promise<number> {
  let slowest = 0;
  const data = { step: 'writing', percent: 20, detail: 'The model is writing.' };
  for (let round = 0; round < EVENTS_EACH; round += 1) {
    const startedAt = performance.now();
    for (const id of ids) void log.append(id as never, { type: 'role_creation.progress', data } as never);
    await told(followers, round + 2);
    slowest = Math.max(slowest, performance.now() - startedAt);
  }
  return Math.round(slowest);
}

/** Resolves when every follower has had so many events. */
async function told(followers: readonly Follower[], events: number): Promise<void> {
  for (const follower of followers) while (follower.events < events) await once(follower.response, 'data');
}

function report(creations: number, readings: readonly Reading[]): void {
  process.stdout.write(`\nfollow: ${CLIENTS} clients of ${creations} creations          api, MB resident\n`);
  for (const { name, mb, note } of readings)
    process.stdout.write(`  ${name.padEnd(24)} ${mb.toFixed(0).padStart(5)}   ${note}\n`);
}
