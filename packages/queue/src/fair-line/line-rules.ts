import { BAND_WIDTH, LAST_TAG } from '@roleforge/domain';

/*
 * What all scripts of the fair line have in common; domain/fair-share.ts has the same rules in TypeScript, with their reasons.
 *
 * Keys, after `{<prefix>:<queue>}:line:`. A flow is whoever shares the queue with others, such as a tenant.
 *   clock                hash: by class, the start tag of the job that was begun last
 *   finish:<class>       sorted set: by flow, the tag of its next job; `<flow>:again` for jobs that have paid for a tag before
 *   tagged:<class>       hash: by flow, how many of its jobs have a tag and wait
 *   shares               hash: by flow, <weight>:<cap>; absent for weight 1 and no cap; the field `*` is for flows that have no own
 *   capped               set: the flows that have any of the following two
 *   slots:<flow>         sorted set: its jobs that wait with a tag, by class, and those that run, by 10
 *   parked:<flow>        sorted set: its jobs that wait for a slot, by 3 × class + 0 for begun ones, 1 for those that had a tag, 2 for the rest
 *
 *            arrive ┌── admitted ──▶ tagged, a slot ── start ──▶ running ── end ──▶ (gone, or delayed without a slot)
 *   job ────────────┤                   ▲     ▲  └── cap is full by now ─┐  └─ given back ─▶ tagged as begun, a slot
 *                   └── refused ──▶ parked ── release                    ▼
 *                                     ▲                                  │
 *                                     └──────────────────────────────────┘
 *
 * A parked job is delayed for BullMQ, until a time that never comes, so that it is removed and shown as any other. Both are done one
 * after the other, and either may come first: `release` lets only those go that are in both, and is called again after each.
 */

/** Parked jobs are delayed until this time, in Unix milliseconds: it is no round one, which somebody might choose for a `runAt`. */
export const NEVER_MS = Date.UTC(2199, 2, 7, 4, 11, 23);
/** How far off a parked job's time may be: BullMQ and its callers read the clock one after the other. */
const NEVER_GIVE_OR_TAKE_MS = 60_000;
/** BullMQ's score of a delayed job is its time in milliseconds, times 4096. */
export const DELAYED_SCORE_PER_MS = 0x1000;
/** The scores between which a delayed job is a parked one. They are beyond 2^53 and may be off by 2, which is nothing to this window. */
export const PARKED_FROM = (NEVER_MS - NEVER_GIVE_OR_TAKE_MS) * DELAYED_SCORE_PER_MS;
export const PARKED_TO = (NEVER_MS + NEVER_GIVE_OR_TAKE_MS) * DELAYED_SCORE_PER_MS;

/** The field of a job that says since when it could be begun, in Unix milliseconds, where that is not when it was added, and its delay. */
export const WAITS_SINCE = 'waitsSince';

/** How many one call lets go at most: it keeps Redis from everything else. */
export const MOST_RELEASED = 500;

/**
 * Begins each script. KEYS: 1 what BullMQ's keys of the queue begin with, 2 what the line's begin with; the other keys are made from
 * them, and share their hash tag. ARGV: 1 the field of a job's data that names its flow; the script's own arguments follow.
 */
export const LINE_RULES = `
local bull, line = KEYS[1], KEYS[2]
local FLOW_FIELD = ARGV[1]
local WIDTH, LAST, SCORE = ${BAND_WIDTH}, ${LAST_TAG}, 4294967296
local RUNNING, MOST = 10, ${MOST_RELEASED}
local prioritized, delayed, active = bull .. 'prioritized', bull .. 'delayed', bull .. 'active'

-- Numbers: band * WIDTH + 1 for a begun job, + 2 for one without a tag, + 3 + tag for the others.
local function begunNumber(class) return class * WIDTH + 1 end
local function untagged(class) return class * WIDTH + 2 end
local function numberOf(class, tag) return class * WIDTH + 3 + math.min(math.floor(tag), LAST) end
local function classOf(number) return math.floor((number - 1) / WIDTH) end
-- -2 for a begun job, -1 for one without a tag.
local function tagOf(number) return number - classOf(number) * WIDTH - 3 end
local function text(number) return string.format('%.17g', number) end

local function shareOf(flow)
  local shares = redis.call('HMGET', line .. 'shares', flow, '*')
  local share = shares[1] or shares[2]
  if not share then return 1, nil end
  local weight, cap = string.match(share, '^([^:]*):(.*)$')
  return tonumber(weight), tonumber(cap)
end

-- The number and the flow of a job; nil where it is not there.
local function jobOf(id)
  local found = redis.call('HMGET', bull .. id, 'priority', 'data')
  if not found[2] then return nil end
  local read, data = pcall(cjson.decode, found[2])
  local flow = read and type(data) == 'table' and data[FLOW_FIELD]
  local number = tonumber(found[1]) or 0
  -- A former release's job may have none.
  if number == 0 then number = untagged(2) end
  return number, type(flow) == 'string' and flow or ''
end

local function nowOf(class) return tonumber(redis.call('HGET', line .. 'clock', class) or '0') end

-- Gives a job of the flow a tag. A chain other than the flow's name is for jobs that have paid for their tags before.
local function arrive(class, flow, weight, chain)
  local finish = line .. 'finish:' .. class
  local tag = math.max(nowOf(class), tonumber(redis.call('ZSCORE', finish, chain or flow) or '0'))
  redis.call('ZADD', finish, text(tag + 1 / weight), chain or flow)
  redis.call('HINCRBY', line .. 'tagged:' .. class, flow, 1)
  return tag
end

-- One tagged job of the flow waits no more. Returns whether none does.
local function untag(class, flow)
  if redis.call('HINCRBY', line .. 'tagged:' .. class, flow, -1) > 0 then return false end
  redis.call('HDEL', line .. 'tagged:' .. class, flow)
  return true
end

-- A tagged job leaves the line without being begun: a flow of which nothing waits owes nothing.
local function leave(class, flow)
  if untag(class, flow) then redis.call('ZREM', line .. 'finish:' .. class, flow, flow .. ':again') end
end

-- As BullMQ adds a job with a priority: behind those with the same number; and a worker that sleeps is woken.
local function stand(id, number)
  local count = redis.call('INCR', bull .. 'pc')
  redis.call('ZADD', prioritized, text(number * SCORE + count % SCORE), id)
  redis.call('HSET', bull .. id, 'priority', number, 'delay', 0)
  local settings = redis.call('HMGET', bull .. 'meta', 'paused', 'concurrency')
  local full = settings[2] and redis.call('LLEN', active) >= tonumber(settings[2])
  if not settings[1] and not full then redis.call('ZADD', bull .. 'marker', 0, '0') end
end

local function runningOf(flow) return redis.call('ZCOUNT', line .. 'slots:' .. flow, RUNNING, RUNNING) end

local function admits(flow, cap, class)
  return not cap or runningOf(flow) + redis.call('ZCOUNT', line .. 'slots:' .. flow, 0, class) < cap
end

local function hold(flow, id, score)
  redis.call('ZADD', line .. 'slots:' .. flow, score, id)
  redis.call('SADD', line .. 'capped', flow)
end

local function park(flow, id, number)
  local tag = tagOf(number)
  local rank = tag == -2 and 0 or tag == -1 and 2 or 1
  redis.call('ZADD', line .. 'parked:' .. flow, 3 * classOf(number) + rank, id)
  redis.call('SADD', line .. 'capped', flow)
end

-- Lets parked jobs of the flow stand in the line, the most urgent and oldest first, while its cap admits them. Those that are
-- not delayed are on their way to be, and are passed over. Returns how many were let go.
local function release(flow)
  local weight, cap = shareOf(flow)
  local parked = line .. 'parked:' .. flow
  local released, passed = 0, 0
  while released < MOST do
    local page = redis.call('ZRANGE', parked, passed, passed + 49, 'WITHSCORES')
    if #page == 0 then return released end
    for at = 1, #page, 2 do
      local id, class = page[at], math.floor(tonumber(page[at + 1]) / 3)
      if released == MOST or not admits(flow, cap, class) then return released end
      if redis.call('ZREM', delayed, id) == 1 then
        redis.call('ZREM', parked, id)
        local tag = tagOf(tonumber(redis.call('HGET', bull .. id, 'priority') or '0'))
        if tag == -2 then
          stand(id, begunNumber(class))
        else
          stand(id, numberOf(class, arrive(class, flow, weight, tag >= 0 and flow .. ':again' or nil)))
        end
        local time = redis.call('TIME')
        redis.call('HSET', bull .. id, '${WAITS_SINCE}', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
        redis.call('XADD', bull .. 'events', 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
        if cap then hold(flow, id, class) end
        released = released + 1
      else
        passed = passed + 1
      end
    end
  end
  return released
end
`;
