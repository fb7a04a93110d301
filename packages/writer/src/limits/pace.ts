import type { ModelProvider } from '@roleforge/domain';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type GateRedis, providerKey } from './provider-state.ts';

/*
 * Calls are let in one after another at an even pace, since a provider's own window may begin anywhere: two of ours that border
 * on each other would let twice the limit through. Each call closes the way for as long as its share of the minute is, by its
 * number or by its tokens, whichever is longer; a call that is larger than the limit passes when its turn comes, and closes the
 * way for longer than a minute. Whose turn is near waits here; the others are told when it comes, each later than the last, so that
 * thousands come back one by one. Redis's clock counts, so the workers' own need not agree.
 */

/** Part of the time that is left unused, for calls that arrive sooner after one another than they were let go. */
export const HEADROOM = 0.05;

/** Longest that a call waits here, in milliseconds: long enough that the way is never idle for a creation that comes back late. */
export const LINGER_MS = 1_000;

/** Turns after a block are this far apart where the provider has no limits of its own, in milliseconds. */
const SPREAD_MS = 20;

/**
 * Purpose: lets a call in, or gives it a turn. Key: the provider's line, a hash of two times in µs since the epoch: `free`, up to
 * which calls have been let in, and `turns`, up to which turns have been given out. Arguments: for how long the call closes the way
 * (µs); for how long the way is closed in any case (ms); how long a call may wait here (µs). Result: how long the call would
 * have to wait (µs; more than it may where it is not let in), and how long until its turn (ms).
 */
const NEXT_TURN = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local cost, closed, linger = tonumber(ARGV[1]), (ARGV[2] - 1) * 1000, tonumber(ARGV[3])
local line = redis.call('HMGET', KEYS[1], 'free', 'turns')
local free = math.max(now + closed, tonumber(line[1] or 0))
local field, turn = 'free', free
if free - now > linger then
  field, turn = 'turns', math.max(free, tonumber(line[2] or 0))
  cost = math.max(cost, ${SPREAD_MS} * 1000)
end
redis.call('HSET', KEYS[1], field, string.format('%.0f', turn + cost))
local keep = math.ceil((turn + cost - now) / 1000) + 60000
if redis.call('PTTL', KEYS[1]) < keep then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', keep)) end
return { turn - now, math.ceil((turn - now) / 1000) }`;

/** `go`: this call may be made after `ms`; else it has a turn, `ms` from now. */
export type Turn = { go: boolean; ms: number };

export type Pace = {
  /**
   * @param closedMs for how long the provider wants no calls
   * @throws whatever the client throws while Redis is away
   */
  next(provider: ModelProvider, tokens: number, closedMs: number): Promise<Turn>;
};

/** Shared by all who have the same Redis and prefix. */
export function createPace(redis: GateRedis, prefix: string): Pace {
  // The limiter counts points of one duration; here they are the microseconds that a call may wait, and the script says how many.
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: '',
    points: LINGER_MS * 1_000,
    duration: 1,
    customIncrTtlLuaScript: NEXT_TURN,
    rejectIfRedisNotReady: true,
  });
  return {
    async next(provider, tokens, closedMs) {
      const cost = closingTimeUs(provider, tokens);
      if (cost === 0 && closedMs === 0) return { go: true, ms: 0 };
      try {
        // A duration of 0 would mean none to the limiter.
        const options = { customDuration: Math.ceil(closedMs) + 1 };
        const { msBeforeNext } = await limiter.consume(`${providerKey(prefix, provider.name)}:line`, cost, options);
        return { go: true, ms: msBeforeNext };
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return { go: false, ms: refusal.msBeforeNext };
      }
    },
  };
}

const MINUTE_US = 60_000_000;

/** For how long a call closes the way, in microseconds: no time where the provider has no limits. */
export function closingTimeUs({ requestsPerMinute, tokensPerMinute }: ModelProvider, tokens: number): number {
  const byNumber = requestsPerMinute === null ? 0 : 1 / requestsPerMinute;
  const byTokens = tokensPerMinute === null ? 0 : tokens / tokensPerMinute;
  return Math.ceil(MINUTE_US * (1 + HEADROOM) * Math.max(byNumber, byTokens));
}
