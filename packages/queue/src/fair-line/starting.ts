import { REBASED_AT, REBASED_EMPTY_AT } from '@roleforge/domain';
import { LINE_RULES, WAITS_SINCE } from './line-rules.ts';

/**
 * A worker has a job in hand and asks whether it may begin it. If so, the line's time advances, and the job counts as begun from now on.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the job's id, 3 its flow.
 * Returns what to do, `run`, `park` (delay it until a time that never comes), `back` (it has its place in the line now, and others
 * are before it) or `gone` (Redis has lost it since it was taken); and 1 where its flow has a cap.
 */
export const START = `${LINE_RULES}
local id, flow = ARGV[2], ARGV[3]
-- A number set on a job that is gone would be all there is of it, and keep it from being added again.
if redis.call('EXISTS', bull .. id) == 0 then return {'gone', 0} end
local number = tonumber(redis.call('HGET', bull .. id, 'priority') or '0')
if number == 0 then number = untagged(2) end
local class, tag = classOf(number), tagOf(number)
local weight, cap = shareOf(flow)
local capped = cap and 1 or 0

local function rebase(now)
  local beyond = '(' .. text((numberOf(class, LAST) + 1) * SCORE)
  -- Those that share the last place: of which flow each is, and how many of a flow are still to be moved.
  local sharing, flows = {}, {}
  for _, last in ipairs(redis.call('ZRANGEBYSCORE', prioritized, text(numberOf(class, LAST) * SCORE), beyond)) do
    local _, own = jobOf(last)
    own = own or ''
    sharing[last] = own
    if not flows[own] then
      flows[own] = {left = 0, weight = (shareOf(own)), finish = tonumber(redis.call('ZSCORE', line .. 'finish:' .. class, own) or '0')}
    end
    flows[own].left = flows[own].left + 1
  end
  local waiting = redis.call('ZRANGEBYSCORE', prioritized, text(numberOf(class, 0) * SCORE), beyond, 'WITHSCORES')
  for at = 1, #waiting, 2 do
    local score = tonumber(waiting[at + 1])
    local place = tagOf(math.floor(score / SCORE))
    local moved = math.max(0, place - now)
    local its = flows[sharing[waiting[at]]]
    if its then
      moved = math.min(LAST, math.floor(math.max(LAST, its.finish - its.left / its.weight) - now))
      its.left = its.left - 1
    end
    redis.call('ZADD', prioritized, text(score + (moved - place) * SCORE), waiting[at])
    redis.call('HSET', bull .. waiting[at], 'priority', numberOf(class, moved))
  end
  -- What a worker has taken and has not asked for yet.
  for _, held in ipairs(redis.call('LRANGE', active, 0, -1)) do
    local own = tonumber(redis.call('HGET', bull .. held, 'priority') or '0')
    if classOf(own) == class and tagOf(own) >= 0 then
      redis.call('HSET', bull .. held, 'priority', numberOf(class, math.max(0, tagOf(own) - now)))
    end
  end
  local finish = redis.call('ZRANGE', line .. 'finish:' .. class, 0, -1, 'WITHSCORES')
  for at = 1, #finish, 2 do
    redis.call('ZADD', line .. 'finish:' .. class, text(tonumber(finish[at + 1]) - now), finish[at])
  end
  redis.call('HSET', line .. 'clock', class, 0)
end

-- The time is that of the job begun last; a tag from before a rebase, which came into the line after it, tells nothing of it.
local function advance()
  local before, furthest = nowOf(class), redis.call('ZREVRANGE', line .. 'finish:' .. class, 0, 0, 'WITHSCORES')
  if tag <= before or not furthest[2] or tag > tonumber(furthest[2]) then return end
  redis.call('HSET', line .. 'clock', class, text(tag))
  redis.call('ZREMRANGEBYSCORE', line .. 'finish:' .. class, '-inf', text(tag))
  if tag < ${REBASED_EMPTY_AT} then return end
  local waits = redis.call('ZCOUNT', prioritized, text(numberOf(class, 0) * SCORE), '(' .. text((numberOf(class, LAST) + 1) * SCORE))
  if waits == 0 or tag >= ${REBASED_AT} then rebase(tag) end
end

local slot = cap and tonumber(redis.call('ZSCORE', line .. 'slots:' .. flow, id) or '-1') or -1
if cap and slot ~= RUNNING then
  local fits = runningOf(flow) < cap
  -- It comes up by its time, and has not been let into the line before.
  if fits and slot == -1 and tag == -1 then fits = admits(flow, cap, class) end
  if not fits then
    if tag >= 0 then
      untag(class, flow)
      redis.call('HSET', bull .. id, 'priority', numberOf(class, 0))
    end
    redis.call('ZREM', line .. 'slots:' .. flow, id)
    park(flow, id, number)
    return {'park', capped}
  end
end

if tag == -1 then
  local own = arrive(class, flow, weight)
  tag = math.floor(own)
  number = numberOf(class, tag)
  if tag > nowOf(class) then
    redis.call('HSET', bull .. id, 'priority', number)
    if cap then hold(flow, id, class) end
    return {'back', capped}
  end
end
if cap then hold(flow, id, RUNNING) end
if tag >= 0 then
  untag(class, flow)
  redis.call('HSET', bull .. id, 'priority', begunNumber(class))
  advance()
end
return {'run', capped}
`;

/**
 * A capped flow's job is no longer worked on: its slot is free for another, or kept where the job goes back into the line.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the job's id, 3 its flow, 4 `goesBack` or `ends`. Returns how many parked jobs were let go.
 */
export const END = `${LINE_RULES}
local id, flow = ARGV[2], ARGV[3]
if ARGV[4] == 'goesBack' then
  local number = tonumber(redis.call('HGET', bull .. id, 'priority') or '0')
  hold(flow, id, classOf(number))
else
  redis.call('ZREM', line .. 'slots:' .. flow, id)
end
return release(flow)
`;

/**
 * A job in hand is about to go back, and may be begun again from some time on.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the job's id, 3 the time in Unix milliseconds. Returns nothing.
 */
export const COME_BACK = `
local job = KEYS[1] .. ARGV[2]
-- A time set on a job that is gone would be all there is of it, and keep it from being added again.
if redis.call('HEXISTS', job, 'data') == 1 then redis.call('HSET', job, '${WAITS_SINCE}', ARGV[3]) end
`;
