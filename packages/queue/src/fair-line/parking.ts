import { LINE_RULES, PARKED_FROM, PARKED_TO } from './line-rules.ts';

/**
 * Jobs that are to be parked have been delayed: what is delayed until the time that never comes is parked, and what may go by now goes.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2… ids. Returns how many were not known as parked before.
 */
export const SETTLE_PARKED = `${LINE_RULES}
local flows, unknown = {}, 0
for at = 2, #ARGV do
  local id = ARGV[at]
  local score = tonumber(redis.call('ZSCORE', delayed, id) or '0')
  local number, flow = jobOf(id)
  if number and score >= ${PARKED_FROM} and score <= ${PARKED_TO} then
    flows[flow] = true
    if not redis.call('ZSCORE', line .. 'parked:' .. flow, id) then
      park(flow, id, number)
      unknown = unknown + 1
    end
  end
end
for flow in pairs(flows) do release(flow) end
return unknown
`;

/**
 * Jobs are about to be taken off the queue: their tags and slots are given up, and those that these have kept out are let go. What a
 * worker has in hand stays as it is.
 * KEYS and ARGV[1]: see LINE_RULES. ARGV: 2… ids. Returns nothing.
 */
export const LEAVE = `${LINE_RULES}
local flows = {}
for at = 2, #ARGV do
  local id = ARGV[at]
  local number, flow = jobOf(id)
  if number and redis.call('EXISTS', bull .. id .. ':lock') == 0 then
    if redis.call('ZREM', line .. 'parked:' .. flow, id) == 1 or redis.call('ZREM', line .. 'slots:' .. flow, id) == 1 then
      flows[flow] = true
    end
    if tagOf(number) >= 0 and redis.call('ZSCORE', prioritized, id) then
      leave(classOf(number), flow)
      -- It is not to be counted again, should it be begun before it is off.
      local begun = begunNumber(classOf(number))
      redis.call('HSET', bull .. id, 'priority', begun)
    end
  end
end
for flow in pairs(flows) do release(flow) end
`;
