import { JOBS } from '@roleforge/contracts';
import { queueKey, startsKey, workersKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { KEPT_SPANS, SPAN_S, startsPerSecond } from './start-rate.ts';

/*
 * The workers as they are known to all: each process says once a second that it is there and how many creations it has
 * started since. That is one command a second per process and none per job. All times are Redis's.
 */

/** What a worker process says of itself. */
export type WorkerReport = {
  /** The process's own, different for each start of it. */
  id: string;
  /** How many creations it has started since its last report that was answered. */
  started: number;
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
};

/** Longer than a report may be late, for one that Redis did not answer in time is followed by another. */
const PRESENT_MS = 5_000;

/**
 * Notes that a worker is there and what it has started, and forgets those that have gone and the counts of old.
 * KEYS: 1 the workers, 2 the starts, 3 the queue's list of waiting jobs, 4 its prioritized jobs, 5 its settings.
 * ARGV: 1 the worker's id, 2 how many jobs it has started since its last report, 3 milliseconds for which a report counts,
 * 4 seconds of a span, 5 how many spans before the present one are kept.
 * Returns how many jobs wait to be taken.
 */
const REPORT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%d', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%d', now - ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
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

type WithWorkforce = RedisConnection & {
  reportWorker(...keysAndValues: (string | number)[]): Promise<number>;
  readWorkforce(workers: string, starts: string, presentMs: number): Promise<[number, number, string[]]>;
};

export function createWorkforce(connection: RedisConnection, prefix: string): Workforce {
  connection.defineCommand('reportWorker', { numberOfKeys: 5, lua: REPORT });
  connection.defineCommand('readWorkforce', { numberOfKeys: 2, lua: READ });
  const redis = connection as WithWorkforce;
  const { queue } = JOBS.createRole;
  const [workers, starts] = [workersKey(prefix, queue), startsKey(prefix, queue)];
  const [wait, prioritized, meta] = ['wait', 'prioritized', 'meta'].map(name => queueKey(prefix, queue, name)) as [
    string,
    string,
    string,
  ];
  return {
    report: ({ id, started }) =>
      redis.reportWorker(workers, starts, wait, prioritized, meta, id, started, PRESENT_MS, SPAN_S, KEPT_SPANS),
    leave: async id => void (await redis.zrem(workers, id)),
    async read() {
      const [now, present, flat] = await redis.readWorkforce(workers, starts, PRESENT_MS);
      const counts = new Map<number, number>();
      for (let index = 0; index + 1 < flat.length; index += 2) counts.set(Number(flat[index]), Number(flat[index + 1]));
      return { workers: present, startsPerSecond: startsPerSecond(counts, now / 1_000) };
    },
  };
}
