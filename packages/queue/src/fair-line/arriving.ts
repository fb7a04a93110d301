import { LINE_RULES } from './line-rules.ts';

/**
 * Gives a group of jobs, which are not on the queue yet, their numbers, in the order given. What is there already is passed over.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2… for each job its id, its flow, its class (0 is the most urgent), and what it is:
 * `fresh` and `begun` are to wait their turn, `later` and `begunLater` first for their time.
 * Returns a number for each job: negative where it is parked and to be delayed until a time that never comes.
 */
export const ARRIVE = `${LINE_RULES}
local answers, flows, tails = {}, {}, {}
for at = 2, #ARGV, 4 do
  local id, flow, class, kind = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  local begun = kind == 'begun' or kind == 'begunLater'
  local number = begun and begunNumber(class) or untagged(class)
  local there = redis.call('EXISTS', bull .. id) == 1
  if there and redis.call('HEXISTS', bull .. id, 'data') == 0 then
    -- What is left of a job that was wiped in a worker's hand. BullMQ would take it for the job, and add none.
    redis.call('DEL', bull .. id)
    there = false
  end
  if kind == 'begunLater' or kind == 'later' or there then
    answers[#answers + 1] = number
  else
    if not flows[flow] then
      local weight, cap = shareOf(flow)
      flows[flow] = {weight = weight, cap = cap}
    end
    local weight, cap = flows[flow].weight, flows[flow].cap
    if cap and not admits(flow, cap, class) then
      park(flow, id, number)
      answers[#answers + 1] = -number
    else
      if cap then hold(flow, id, class) end
      if not begun then
        -- As arrive() does it, but that what changes from job to job is written once for the group.
        local name = class .. ' ' .. flow
        local tail = tails[name]
        if not tail then
          local finish = tonumber(redis.call('ZSCORE', line .. 'finish:' .. class, flow) or '0')
          tail = {class = class, flow = flow, tag = math.max(nowOf(class), finish), count = 0}
          tails[name] = tail
        end
        number = numberOf(class, tail.tag)
        tail.tag = tail.tag + 1 / weight
        tail.count = tail.count + 1
      end
      answers[#answers + 1] = number
    end
  end
end
for _, tail in pairs(tails) do
  redis.call('ZADD', line .. 'finish:' .. tail.class, text(tail.tag), tail.flow)
  redis.call('HINCRBY', line .. 'tagged:' .. tail.class, tail.flow, tail.count)
end
return answers
`;

/**
 * Gives a waiting job another class, at the end of it; one that was begun stays in front of those that were not. What is in a
 * worker's hand stays as it is.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2 the job's id, 3 its new class. Returns 1, or 0 where it does not wait.
 */
export const MOVE = `${LINE_RULES}
local id, class = ARGV[2], tonumber(ARGV[3])
local number, flow = jobOf(id)
if not number then return 0 end
local old, tag = classOf(number), tagOf(number)
local weight, cap = shareOf(flow)
if redis.call('ZSCORE', line .. 'parked:' .. flow, id) then
  number = tag == -2 and begunNumber(class) or tag == -1 and untagged(class) or numberOf(class, 0)
  redis.call('HSET', bull .. id, 'priority', number)
  park(flow, id, number)
  release(flow)
elseif redis.call('ZREM', prioritized, id) == 1 or redis.call('LREM', bull .. 'wait', -1, id) > 0 then
  if tag >= 0 then leave(old, flow) end
  if tag == -2 then stand(id, begunNumber(class)) else stand(id, numberOf(class, arrive(class, flow, weight))) end
  if redis.call('ZSCORE', line .. 'slots:' .. flow, id) then hold(flow, id, class) end
elseif redis.call('ZSCORE', delayed, id) then
  redis.call('HSET', bull .. id, 'priority', tag == -2 and begunNumber(class) or untagged(class))
else
  return 0
end
return 1
`;
