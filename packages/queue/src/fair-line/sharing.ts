import { LINE_RULES } from './line-rules.ts';

/**
 * Says how the queue is shared, and lets go what a higher cap admits. A slot of a job that nobody works on any more is freed; a flow
 * that had no cap gets a slot for each of its jobs in hand.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2… for each flow its name, its weight, and its cap, which is empty where it has none.
 * Returns how many parked jobs were let go of the flow of which most were: MOST_RELEASED means that there may be more.
 */
export const SHARE = `${LINE_RULES}
local inHand = nil
local function handsOn(flow)
  if not inHand then
    inHand = {}
    for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do
      local _, own = jobOf(id)
      if own then
        inHand[own] = inHand[own] or {}
        inHand[own][id] = true
      end
    end
  end
  return inHand[flow] or {}
end

local most = 0
for at = 2, #ARGV, 3 do
  local flow, weight, cap = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local _, before = shareOf(flow)
  if tonumber(weight) == 1 and cap == '' then
    redis.call('HDEL', line .. 'shares', flow)
  else
    redis.call('HSET', line .. 'shares', flow, weight .. ':' .. cap)
  end
  if cap ~= '' then
    if not before then
      for id in pairs(handsOn(flow)) do hold(flow, id, RUNNING) end
    end
    local running = redis.call('ZRANGEBYSCORE', line .. 'slots:' .. flow, RUNNING, RUNNING)
    if #running > 0 then
      local own = handsOn(flow)
      for _, id in ipairs(running) do
        if not own[id] then redis.call('ZREM', line .. 'slots:' .. flow, id) end
      end
    end
  elseif before or redis.call('SISMEMBER', line .. 'capped', flow) == 1 then
    redis.call('DEL', line .. 'slots:' .. flow)
  end
  most = math.max(most, release(flow))
  if cap == '' and redis.call('EXISTS', line .. 'parked:' .. flow) == 0 then redis.call('SREM', line .. 'capped', flow) end
end
return most
`;

/**
 * Mends what a crash between two calls has left behind in a flow that has, or had, a cap: slots and parked entries whose job is gone
 * or has ended, jobs that are parked for no reason.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the flow. Returns how many entries were dropped, and how many jobs let go.
 */
export const MEND_FLOW = `${LINE_RULES}
local flow, dropped = ARGV[2], 0
local parked, slots = line .. 'parked:' .. flow, line .. 'slots:' .. flow
local held = {}
for _, id in ipairs(redis.call('LRANGE', active, 0, -1)) do held[id] = true end
for _, id in ipairs(redis.call('LRANGE', bull .. 'wait', 0, -1)) do held[id] = true end
local own = redis.call('ZRANGE', slots, 0, -1)
for _, id in ipairs(own) do
  if not held[id] and not redis.call('ZSCORE', prioritized, id) then dropped = dropped + redis.call('ZREM', slots, id) end
end
for _, id in ipairs(redis.call('ZRANGE', parked, 0, -1)) do
  if redis.call('EXISTS', bull .. id) == 0 or redis.call('ZSCORE', prioritized, id) or redis.call('HEXISTS', bull .. id, 'finishedOn') == 1 then
    dropped = dropped + redis.call('ZREM', parked, id)
  end
end
local released = release(flow)
if redis.call('EXISTS', parked) == 0 and redis.call('EXISTS', slots) == 0 then redis.call('SREM', line .. 'capped', flow) end
return {dropped, released}
`;

/**
 * Mends the line of a class: where nothing waits in it, nobody has anything waiting; and a job with a tag from before a rebase, which
 * came into the line after it, is brought to the end of its flow.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the class. Returns how many jobs were moved.
 */
export const MEND_CLASS = `${LINE_RULES}
local class = tonumber(ARGV[2])
local last = '(' .. text((numberOf(class, LAST) + 1) * SCORE)
if redis.call('ZCOUNT', prioritized, text(numberOf(class, 0) * SCORE), last) == 0 then redis.call('DEL', line .. 'tagged:' .. class) end
local furthest = redis.call('ZREVRANGE', line .. 'finish:' .. class, 0, 0, 'WITHSCORES')
local from = numberOf(class, math.max(nowOf(class), tonumber(furthest[2] or '0')) + 1)
if tagOf(from) >= LAST then return 0 end
local strays = redis.call('ZRANGEBYSCORE', prioritized, text(from * SCORE), last, 'LIMIT', 0, MOST)
for _, id in ipairs(strays) do
  local number, flow = jobOf(id)
  if number then
    untag(class, flow)
    stand(id, numberOf(class, arrive(class, flow, (shareOf(flow)))))
  end
end
return #strays
`;
