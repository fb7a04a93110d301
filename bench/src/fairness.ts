import { setTimeout as pause } from 'node:timers/promises';
import { type CreateRoleData, type CreationId, JOBS, type TenantId } from '@roleforge/contracts';
import { begunPriority, newCreationId, newTenantId, queuePriority } from '@roleforge/domain';
import {
  type CreationQueue,
  closeRedis,
  openCreationQueue,
  openRedis,
  type QueuedCreation,
  startCreationConsumer,
} from '@roleforge/queue';
import { startPrivateServers } from '@roleforge/testkit';

const CONCURRENCY = 20;
const SERVICE_MS = 100;
const BACKLOG = 10_000;
const GROUP = 500;
const ROUNDS = 5;
const STARTS = 400;

/** What one measurement has of the queue: a prefix of its own. */
type Line = { queue: CreationQueue; redis: ReturnType<typeof openRedis>; prefix: string };

/**
 * How long a tenant's first creation waits behind ten thousand of another's, with places in the line as the queue gives them and with
 * one number for the whole class; how weights are kept; and what the line costs.
 */
export async function benchFairness(): Promise<void> {
  const servers = await startPrivateServers({ durable: false });
  let lines = 0;
  const withLine = async <T>(work: (line: Line) => Promise<T>): Promise<T> => {
    lines += 1;
    const prefix = `bench-fairness-${lines}`;
    const redis = openRedis(servers.redisUrl, 'worker');
    const queue = openCreationQueue(redis, prefix);
    try {
      return await work({ queue, redis, prefix });
    } finally {
      await queue.close();
      await closeRedis(redis);
    }
  };
  try {
    print(`fairness: ${CONCURRENCY} in hand, each for ${SERVICE_MS} ms; ${BACKLOG} waiting of one tenant`);
    print('\nthe wait of another’s first, in service times');
    print(row('with the fair line', await withLine(line => newcomersWait(line, fairly))));
    print(row('with one number for the class', await withLine(line => newcomersWait(line, inOneLine))));
    print(`\nweights 1 and 3, of the first ${STARTS} begun`);
    const ratio = await withLine(startsByWeight);
    print(row('starts of the heavier one per start of the other', ratio));
    print(`\ncost per creation, in groups of ${GROUP}, medians                 µs`);
    for (const [name, value] of Object.entries(await withLine(costs))) print(row(name, value));
    print('\nRedis per waiting creation                                  bytes');
    print(row('without a cap', await withLine(line => bytes(line, null))));
    print(row('with a cap: parked', await withLine(line => bytes(line, 1))));
    print(row('with one number for the class', await withLine(line => bytes(line, 'oneNumber'))));
  } finally {
    await servers.stop();
  }
}

function many(count: number, tenantId: TenantId): QueuedCreation[] {
  const common = {
    tenantId,
    requestId: 'bench',
    traceparent: null,
    priority: 'normal',
    attempts: 0,
    runAt: null,
  } as const;
  return Array.from({ length: count }, () => ({ ...common, id: newCreationId(Date.now()) }));
}

function* groupsOf(creations: readonly QueuedCreation[]): Generator<QueuedCreation[]> {
  for (let from = 0; from < creations.length; from += GROUP) yield creations.slice(from, from + GROUP);
}

type Adding = (queue: CreationQueue, creations: readonly QueuedCreation[]) => Promise<unknown>;

const fairly: Adding = (queue, creations) => queue.enqueue(creations);
/** As it is without a line: all have one number, that of begun ones, which are asked for no place, and are served by arrival. */
const inOneLine: Adding = ({ bull }, creations) =>
  bull.addBulk(
    creations.map(({ id, tenantId, requestId, traceparent }) => ({
      name: JOBS.createRole.name,
      data: { version: 1, tenantId, requestId, traceparent } satisfies CreateRoleData,
      opts: { jobId: id, priority: begunPriority(queuePriority('normal')) },
    })),
  );

/** Has workers on the line until `done` says that enough was begun. Resolves with who was begun, in order. */
async function serve(
  { redis, prefix }: Line,
  done: (id: CreationId, begun: TenantId[]) => boolean,
): Promise<TenantId[]> {
  const begun: TenantId[] = [];
  const enough = Promise.withResolvers<void>();
  const consumer = startCreationConsumer({
    redis,
    prefix,
    concurrency: CONCURRENCY,
    lockMs: 30_000,
    handle: async ({ id, data }) => {
      begun.push(data.tenantId);
      if (done(id, begun)) enough.resolve();
      await pause(SERVICE_MS);
      return { kind: 'done' };
    },
    onInvalid: (_, error) => enough.reject(error),
    onLost: enough.reject,
    onError: enough.reject,
  });
  try {
    await enough.promise;
  } finally {
    await consumer.stop(1_000);
  }
  return begun;
}

/** The newcomer arrives when a hundred of the others have been begun. */
async function newcomersWait(line: Line, add: Adding): Promise<number> {
  for (const group of groupsOf(many(BACKLOG, newTenantId()))) await add(line.queue, group);
  const [newcomer] = many(1, newTenantId()) as [QueuedCreation];
  let arrivedAt = 0;
  let waited = 0;
  await serve(line, (id, begun) => {
    if (begun.length === 100) {
      arrivedAt = performance.now();
      void add(line.queue, [newcomer]);
    }
    if (id === newcomer.id) waited = performance.now() - arrivedAt;
    return waited > 0;
  });
  return waited / SERVICE_MS;
}

async function startsByWeight(line: Line): Promise<number> {
  const [light, heavy] = [newTenantId(), newTenantId()];
  await line.queue.setTenantShares([{ tenantId: heavy, weight: 3, cap: null }]);
  for (const tenantId of [light, heavy])
    for (const group of groupsOf(many(STARTS, tenantId))) await fairly(line.queue, group);
  const begun = (await serve(line, (_, all) => all.length >= STARTS)).slice(0, STARTS);
  return begun.filter(id => id === heavy).length / begun.filter(id => id === light).length;
}

/** The two ways of adding take turns, so that what else the machine does weighs on both. */
async function costs({ queue }: Line): Promise<Record<string, number>> {
  const times: Record<string, number[]> = { 'added with the fair line': [], 'added with one number': [] };
  for (let round = 0; round < ROUNDS * 4; round += 1)
    for (const [name, add] of [
      ['added with the fair line', fairly],
      ['added with one number', inOneLine],
    ] as const) {
      const group = many(GROUP, newTenantId());
      const startedAt = performance.now();
      await add(queue, group);
      times[name]?.push(((performance.now() - startedAt) / GROUP) * 1_000);
    }
  const medians = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
  const [fair = 0, plain = 0] = Object.values(medians);
  return { ...medians, 'of which the line': fair - plain };
}

async function bytes({ queue, redis }: Line, cap: number | null | 'oneNumber'): Promise<number> {
  const tenantId = newTenantId();
  if (typeof cap === 'number') await queue.setTenantShares([{ tenantId, weight: 1, cap }]);
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const before = await used();
  for (const group of groupsOf(many(BACKLOG, tenantId))) await (cap === 'oneNumber' ? inOneLine : fairly)(queue, group);
  return ((await used()) - before) / BACKLOG;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function row(name: string, value: number): string {
  return `  ${name.padEnd(50)} ${value.toFixed(2).padStart(12)}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
