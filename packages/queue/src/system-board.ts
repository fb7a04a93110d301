import { systemKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/*
 * One process looks at the system for all. Which one, a lease says, that its holder renews each time; where the holder is gone, the lease
 * runs out, and whoever asks next has it. What the holder saw is there for the others to read.
 *
 *   {<prefix>:system}:lease      string: the holder's id; expires
 *   {<prefix>:system}:status     string: `<Redis's time in ms> <what it saw>`; expires
 *   {<prefix>:system}:incidents  string: the log of incidents
 */

const LEASE_MS = 4_000;
const STATUS_MS = 10_000;
const INCIDENTS_MS = 7 * 86_400_000;

export type Claim = {
  /** Whether this process holds the lease now. */
  holder: boolean;
  /** What the holder saw last, and how long ago that was in milliseconds; null where there is nothing. */
  status: { text: string; ageMs: number } | null;
  /** The log of incidents, as it was published; null where there is none. */
  incidents: string | null;
};

/** All calls reject when Redis does not answer. */
export type SystemBoard = {
  /** Takes the lease where nobody has it, or renews it; and reads what was published. */
  claim(id: string): Promise<Claim>;
  /** False where the lease is another's by now: then nothing was published. */
  publish(id: string, published: { status: string; incidents: string }): Promise<boolean>;
  /** Gives the lease up, if it is this process's. */
  release(id: string): Promise<void>;
};

/**
 * KEYS: 1 the lease, 2 the status, 3 the incidents. ARGV: 1 who asks, 2 milliseconds of the lease.
 * Returns 1 where that one holds the lease now; Redis's time in milliseconds; the status and the incidents, or false.
 */
const CLAIM = `
local time = redis.call('TIME')
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
  holder = ARGV[1]
elseif holder == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return {holder == ARGV[1] and 1 or 0, now, redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])}
`;

/**
 * KEYS: as CLAIM. ARGV: 1 who asks, 2 the status, 3 for how long it is kept, 4 the incidents, 5 for how long they are kept.
 * Returns 1, or 0 where the lease is another's.
 */
const PUBLISH = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[2], now .. ' ' .. ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
return 1
`;

/** KEYS: 1 the lease. ARGV: 1 who gives it up. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`;

type WithBoard = RedisConnection & {
  claimSystem(...keysAndValues: (string | number)[]): Promise<[number, string, string | null, string | null]>;
  publishSystem(...keysAndValues: (string | number)[]): Promise<number>;
  releaseSystem(lease: string, id: string): Promise<null>;
};

export function createSystemBoard(connection: RedisConnection, prefix: string): SystemBoard {
  connection.defineCommand('claimSystem', { numberOfKeys: 3, lua: CLAIM });
  connection.defineCommand('publishSystem', { numberOfKeys: 3, lua: PUBLISH });
  connection.defineCommand('releaseSystem', { numberOfKeys: 1, lua: RELEASE });
  const redis = connection as WithBoard;
  const keys = ['lease', 'status', 'incidents'].map(name => systemKey(prefix, name)) as [string, string, string];
  return {
    async claim(id) {
      const [holder, now, kept, incidents] = await redis.claimSystem(...keys, id, LEASE_MS);
      const space = kept?.indexOf(' ') ?? -1;
      const status =
        kept === null || space < 0
          ? null
          : { text: kept.slice(space + 1), ageMs: Math.max(0, Number(now) - Number(kept.slice(0, space))) };
      return { holder: holder === 1, status, incidents };
    },
    publish: async (id, { status, incidents }) =>
      (await redis.publishSystem(...keys, id, status, STATUS_MS, incidents, INCIDENTS_MS)) === 1,
    release: async id => void (await redis.releaseSystem(keys[0], id)),
  };
}
