import { JOBS, type WorkerDoing } from '@roleforge/contracts';
import type { WorkerSample } from '@roleforge/domain';
import { doingsKey, leavingKey, queueKey, startsKey, talliesKey, workersKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { KEPT_SPANS, SPAN_S, startsPerSecond } from './start-rate.ts';
import { type Counts, TALLY } from './tallies.ts';
import { doingText, workerOf } from './workers-doing.ts';

/*
 * The workers as they are known to all: each process says once a second that it is there and how many creations it has
 * started since, what it does, and what it has got done. That is one command a second per process and none per job. All times are
 * Redis's. One that stops says so until it is gone; it is not counted among the workers any more.
 */

/** What a worker process says of itself. */
export type WorkerReport = {
  /** The process's own, different for each start of it. */
  id: string;
  /** How many creations it has started since its last report that was answered. */
  started: number;
  doing?: WorkerDoing;
  /** What else is to be counted since then. */
  counts?: Counts;
};

/** The workers of all machines together. */
export type WorkforceState = {
  /** How many have reported within the last seconds. */
  workers: number;
  /** How many creations they start; null where that cannot be told, since none was started in the last minute. */
  startsPerSecond: number | null;
};

/** All calls reject when Redis does not answer. */
export type Workforce = {
  /** Returns how many jobs wait to be taken; none while the queue is paused. */
  report(report: WorkerReport): Promise<number>;
  /** Takes back a worker's presence: it takes no more jobs. */
  leave(id: string): Promise<void>;
  read(): Promise<WorkforceState>;
  /** Who is there, also of those that are stopping, and the models that they can ask, each once. */
  look(): Promise<{ workers: WorkerSample[]; models: WorkerDoing['models'] }>;
};

/** Longer than a report may be late, for one that Redis did not answer in time is followed by another. */
const PRESENT_MS = 5_000;

/**
 * Notes that a worker is there and what it has started, and forgets those that have gone and the counts of old.
 * KEYS: 1 the workers, 2 the starts, 3 the queue's list of waiting jobs, 4 its prioritized jobs, 5 its settings, 6 the workers that
 * are leaving, 7 what each of both does, 8 the tallies.
 * ARGV: 1 the worker's id, 2 how many jobs it has started since its last report, 3 milliseconds for which a report counts,
 * 4 seconds of a span, 5 how many spans before the present one are kept, 6 `leaving` or nothing, 7 what it does; then names and counts.
 * Returns how many jobs wait to be taken.
 */
const REPORT = `${TALLY}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local leaving = ARGV[6] == 'leaving'
redis.call('ZADD', leaving and KEYS[6] or KEYS[1], string.format('%d', now), ARGV[1])
redis.call('ZREM', leaving and KEYS[1] or KEYS[6], ARGV[1])
if ARGV[7] ~= '' then redis.call('HSET', KEYS[7], ARGV[1], ARGV[7]) end
for _, key in ipairs({KEYS[1], KEYS[6]}) do
  local gone = redis.call('ZRANGEBYSCORE', key, '-inf', string.format('(%d', now - ARGV[3]))
  for _, id in ipairs(gone) do redis.call('HDEL', KEYS[7], id) end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now - ARGV[3]))
  redis.call('PEXPIRE', key, ARGV[3])
end
redis.call('PEXPIRE', KEYS[7], ARGV[3])
if #ARGV > 7 then tally(KEYS[8], 8) end
if tonumber(ARGV[2]) > 0 then
  local span = math.floor(time[1] / ARGV[4])
  for _, old in ipairs(redis.call('HKEYS', KEYS[2])) do
    if tonumber(old) < span - ARGV[5] then redis.call('HDEL', KEYS[2], old) end
  end
  redis.call('HINCRBY', KEYS[2], span, ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[4] * (ARGV[5] + 1))
end
if redis.call('HEXISTS', KEYS[5], 'paused') == 1 then return 0 end
return redis.call('LLEN', KEYS[3]) + redis.call('ZCARD', KEYS[4])
`;

/**
 * Reads who is there and what was started.
 * KEYS: 1 the workers, 2 the starts. ARGV: 1 milliseconds for which a report counts.
 * Returns Redis's time in milliseconds, the number of workers, and the starts as span, count, span, count and so on.
 */
const READ = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local workers = redis.call('ZCOUNT', KEYS[1], string.format('%d', now - ARGV[1]), '+inf')
return {now, workers, redis.call('HGETALL', KEYS[2])}
`;

/**
 * Reads who is there and what each does.
 * KEYS: 1 the workers, 2 those that are leaving, 3 what each does. ARGV: 1 milliseconds for which a report counts.
 * Returns the ids of both, and what was said as id, text, id, text and so on.
 */
const LOOK = `
local time = redis.call('TIME')
local from = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1])
return {
  redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf'),
  redis.call('ZRANGEBYSCORE', KEYS[2], from, '+inf'),
  redis.call('HGETALL', KEYS[3])
}
`;

type WithWorkforce = RedisConnection & {
  lookAtWorkers(
    workers: string,
    leaving: string,
    doings: string,
    presentMs: number,
  ): Promise<[string[], string[], string[]]>;
  reportWorker(...keysAndValues: (string | number)[]): Promise<number>;
  readWorkforce(workers: string, starts: string, presentMs: number): Promise<[number, number, string[]]>;
};

export function createWorkforce(connection: RedisConnection, prefix: string): Workforce {
  connection.defineCommand('reportWorker', { numberOfKeys: 8, lua: REPORT });
  connection.defineCommand('lookAtWorkers', { numberOfKeys: 3, lua: LOOK });
  connection.defineCommand('readWorkforce', { numberOfKeys: 2, lua: READ });
  const redis = connection as WithWorkforce;
  const { queue } = JOBS.createRole;
  const [workers, starts] = [workersKey(prefix, queue), startsKey(prefix, queue)];
  const [leaving, doings] = [leavingKey(prefix, queue), doingsKey(prefix, queue)];
  const tallies = talliesKey(prefix, queue);
  const [wait, prioritized, meta] = ['wait', 'prioritized', 'meta'].map(name => queueKey(prefix, queue, name)) as [
    string,
    string,
    string,
  ];
  return {
    report: ({ id, started, doing, counts = {} }) =>
      redis.reportWorker(
        ...[workers, starts, wait, prioritized, meta, leaving, doings, tallies],
        ...[id, started, PRESENT_MS, SPAN_S, KEPT_SPANS],
        ...[doing?.phase === 'stopping' ? 'leaving' : '', doing === undefined ? '' : doingText(doing)],
        ...Object.entries(counts).flat(),
      ),
    async leave(id) {
      await Promise.all([redis.zrem(workers, id), redis.zrem(leaving, id), redis.hdel(doings, id)]);
    },
    async look() {
      const [working, going, flat] = await redis.lookAtWorkers(workers, leaving, doings, PRESENT_MS);
      const said = new Map<string, string>();
      for (let index = 0; index + 1 < flat.length; index += 2) said.set(String(flat[index]), String(flat[index + 1]));
      const found = [...working.toSorted(), ...going.toSorted()].map(id => workerOf(id, said.get(id)));
      const models = new Map(found.flatMap(one => one.models.map(of => [`${of.provider}/${of.model}`, of] as const)));
      return { workers: found.map(({ worker }) => worker), models: [...models.values()] };
    },
    async read() {
      const [now, present, flat] = await redis.readWorkforce(workers, starts, PRESENT_MS);
      const counts = new Map<number, number>();
      for (let index = 0; index + 1 < flat.length; index += 2) counts.set(Number(flat[index]), Number(flat[index + 1]));
      return { workers: present, startsPerSecond: startsPerSecond(counts, now / 1_000) };
    },
  };
}
