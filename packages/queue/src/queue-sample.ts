import { JOBS, PRIORITIES } from '@roleforge/contracts';
import { BAND_WIDTH, type QueueSample } from '@roleforge/domain';
import { PARKED_FROM, PARKED_TO, WAITS_SINCE } from './fair-line/line-rules.ts';
import { queueKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/** So many of those that come up next are looked at in each class, and so many of those that stand in order of arrival. */
const LOOKED_AT = { inLine: 100, inOrder: 10, givenBack: 50 };

/**
 * How the queue stands. One call, whose cost does not depend on how many jobs wait: it counts by index, and looks for the oldest among
 * those that come up next. The flows of a class take turns and are in order each, so the first of every flow that waits is among them, and
 * the oldest is the first of its flow. Where more flows wait than are looked at, the age may be too low.
 * KEYS: 1 the list of waiting jobs, 2 the prioritized ones, 3 the delayed ones, 4 those in hand, 5 the queue's settings, 6 what a job's
 * key begins with. ARGV: 1 and 2 the scores between which a delayed job is parked, 3 the numbers of a class, 4 to 6 how many are
 * looked at in the line, in order of arrival, and in the list.
 * Returns whether the queue is paused, how many wait, are delayed, are parked and are in hand; then for each class how many wait and the
 * age of the oldest in milliseconds.
 */
const SAMPLE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local WIDTH, SCORE = tonumber(ARGV[3]), 4294967296
local function text(number) return string.format('%.0f', number) end

-- Since when a job could be begun: a time of its own where it has come back or was let go; else when it was added, and then its delay.
local function ageOf(id)
  local found = redis.call('HMGET', KEYS[6] .. id, '${WAITS_SINCE}', 'timestamp', 'opts')
  local since = tonumber(found[1])
  if not since then
    if not found[2] then return 0 end
    since = tonumber(found[2])
    local read, opts = pcall(cjson.decode, found[3] or '')
    if read and type(opts) == 'table' then since = since + (tonumber(opts.delay) or 0) end
  end
  return math.max(0, now - since)
end

local answer = {
  redis.call('HEXISTS', KEYS[5], 'paused'),
  redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2]),
  redis.call('ZCARD', KEYS[3]),
  redis.call('ZCOUNT', KEYS[3], ARGV[1], ARGV[2]),
  redis.call('LLEN', KEYS[4])
}
local back = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], -tonumber(ARGV[6]), -1)) do
  local number = tonumber(redis.call('HGET', KEYS[6] .. id, 'priority') or '0')
  local class = number > 0 and math.floor((number - 1) / WIDTH) or 2
  back[class] = back[class] or {count = 0, age = 0}
  back[class].count = back[class].count + 1
  back[class].age = math.max(back[class].age, ageOf(id))
end
for class = 0, ${PRIORITIES.length - 1} do
  local first = class * WIDTH + 1
  local function from(number) return text(number * SCORE) end
  local function before(number) return '(' .. text(number * SCORE) end
  local count = redis.call('ZCOUNT', KEYS[2], from(first), before(first + WIDTH))
  local oldest = 0
  if count > 0 then
    for _, range in ipairs({{first, first + 1, ARGV[5]}, {first + 1, first + 2, ARGV[5]}, {first + 2, first + WIDTH, ARGV[4]}}) do
      local ids = redis.call('ZRANGEBYSCORE', KEYS[2], from(range[1]), before(range[2]), 'LIMIT', 0, range[3])
      for _, id in ipairs(ids) do oldest = math.max(oldest, ageOf(id)) end
    end
  end
  local own = back[class] or {count = 0, age = 0}
  answer[#answer + 1] = count + own.count
  answer[#answer + 1] = math.max(oldest, own.age)
end
return answer
`;

type WithSample = RedisConnection & { sampleQueue(...keysAndValues: (string | number)[]): Promise<number[]> };

/** Reads how the creations' queue stands. Rejects when Redis does not answer. */
export function createQueueSampler(connection: RedisConnection, prefix: string): () => Promise<QueueSample> {
  connection.defineCommand('sampleQueue', { numberOfKeys: 6, lua: SAMPLE });
  const redis = connection as WithSample;
  const names = ['wait', 'prioritized', 'delayed', 'active', 'meta', ''];
  const keys = names.map(name => queueKey(prefix, JOBS.createRole.queue, name));
  const { inLine, inOrder, givenBack } = LOOKED_AT;
  return async () => {
    const answer = await redis.sampleQueue(...keys, PARKED_FROM, PARKED_TO, BAND_WIDTH, inLine, inOrder, givenBack);
    const [paused, waiting = 0, delayed = 0, parked = 0, active = 0, ...ofClasses] = answer;
    return {
      paused: paused === 1,
      waiting,
      scheduled: delayed - parked,
      parked,
      active,
      classes: PRIORITIES.map((priority, index) => ({
        priority,
        waiting: ofClasses[2 * index] ?? 0,
        oldestAgeMs: ofClasses[2 * index + 1] ?? 0,
      })),
    };
  };
}
