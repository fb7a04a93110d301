import { rateLimitKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/*
 * What all processes together have taken from their buckets of requests. A bucket's value is two numbers: how many requests are owed
 * (see domain/token-bucket.ts), and Redis's time in milliseconds at which that was so. It expires when nothing is owed any more.
 */

/** What one process has taken from a bucket since its last report. */
export type BucketReport = {
  /** The tenant's id; or, of one of its keys, that with the key's. */
  bucket: string;
  taken: number;
  /** How many flow back in a second. */
  perSecond: number;
};

/** No bucket is remembered for longer, however slowly it fills: a day. */
const LONGEST_MS = 86_400_000;

/**
 * Adds to buckets what was taken from them.
 * KEYS: the buckets. ARGV: 1 milliseconds for which a bucket is kept at most; then for each bucket how many were taken, and how many
 * flow back in a second.
 * Returns for each bucket how many are owed now, as text, since an integer would be cut off.
 */
const REPORT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answer = {}
for i, key in ipairs(KEYS) do
  local taken, rate = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local owed = 0
  local kept = redis.call('GET', key)
  if kept then
    local before, at = string.match(kept, '(%S+) (%S+)')
    owed = math.max(0, before - math.max(0, now - at) * rate / 1000)
  end
  owed = owed + taken
  local keep = math.min(tonumber(ARGV[1]), math.ceil(owed / rate * 1000) + 1000)
  redis.call('SET', key, string.format('%.6f %.3f', owed, now), 'PX', string.format('%.0f', keep))
  answer[i] = string.format('%.6f', owed)
end
return answer
`;

type WithRateLimits = RedisConnection & { reportRates(...values: (string | number)[]): Promise<string[]> };

/**
 * Tells what was taken from buckets, and hears in their order how many requests each owes to all processes together. One call,
 * however many buckets there are. @throws whatever the client throws while Redis is away
 */
export type ReportRates = (reports: readonly BucketReport[]) => Promise<number[]>;

/** Shared by all who have the same Redis and prefix. */
export function createRateLedger(connection: RedisConnection, prefix: string): ReportRates {
  connection.defineCommand('reportRates', { lua: REPORT });
  const redis = connection as WithRateLimits;
  return async reports => {
    const keys = reports.map(({ bucket }) => rateLimitKey(prefix, bucket));
    const values = reports.flatMap(({ taken, perSecond }) => [taken, perSecond]);
    return (await redis.reportRates(keys.length, ...keys, LONGEST_MS, ...values)).map(Number);
  };
}
