import type { ConfiguredModel } from '@roleforge/domain';

/*
 * What all workers know of a provider, in Redis. `{…}` is the hash tag that keeps a provider's keys on one node of a cluster.
 *
 *   {<prefix>:provider:<provider>}:line               hash: how far ahead calls have been let in, and turns given out (pace.ts)
 *   {<prefix>:provider:<provider>}:block              there while the provider wants no calls
 *   {<prefix>:provider:<provider>}:strikes            how often it said so without a time, lately
 *   {<prefix>:provider:<provider>}:<model>:open       there while the breaker is open
 *   {<prefix>:provider:<provider>}:<model>:openings   how often it has opened since it was last closed; half-open where this
 *                                                     is there and `open` is not
 *   {<prefix>:provider:<provider>}:<model>:probe      there while one call tries whether the model is back
 */

/** The part of an ioredis client that is used here. One that fails at once while Redis is away, rather than wait for it. */
export type GateRedis = {
  eval(script: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
};

/** All times in milliseconds; 0 where it is not so. */
export type ProviderState = { blockMs: number; openMs: number; halfOpen: boolean; probeMs: number };

/** How long a provider that names no time is left alone, doubled each time that it says so again before it was calm for a while. */
const BLOCK = { baseMs: 2_000, capMs: 60_000, calmMs: 60_000 };
/** How long a breaker stays open, doubled each time that its probe fails. */
const OPEN = { baseMs: 15_000, capMs: 120_000, rememberedMs: 600_000 };
/** A probe of which nothing is heard any more, its worker gone, gives way to another. */
const PROBE_MS = 60_000;

/** Purpose: reads a provider's state. Keys: block, open, openings, probe. Result: what is left of each, ms or count. */
const LOOK = `
return {
  math.max(0, redis.call('PTTL', KEYS[1])),
  math.max(0, redis.call('PTTL', KEYS[2])),
  tonumber(redis.call('GET', KEYS[3]) or 0),
  math.max(0, redis.call('PTTL', KEYS[4]))
}`;

/** Purpose: takes the one probe. Keys: probe. Arguments: how long it holds, ms. Result: 1 where it was free. */
const TAKE_PROBE = `return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') and 1 or 0`;

/**
 * Purpose: leaves a provider alone, never for less than before. Keys: block, strikes. Arguments: the time that it asked for (ms; 0
 * where it named none), base, cap, calm (ms). Many calls in flight that are refused together are one strike.
 */
const BLOCK_FOR = `
local left = redis.call('PTTL', KEYS[1])
local ms = tonumber(ARGV[1])
if ms == 0 then
  if left > 0 then return left end
  local strikes = redis.call('INCR', KEYS[2])
  ms = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ (strikes - 1))
  redis.call('PEXPIRE', KEYS[2], string.format('%.0f', ms + ARGV[4]))
end
if ms > left then redis.call('SET', KEYS[1], '1', 'PX', string.format('%.0f', ms)) end
return ms`;

/**
 * Purpose: opens a breaker, where it is not open already. Keys: open, openings, probe. Arguments: base, cap, how long openings are
 * remembered after the end (ms).
 */
const OPEN_FOR = `
redis.call('DEL', KEYS[3])
if redis.call('PTTL', KEYS[1]) > 0 then return 0 end
local openings = redis.call('INCR', KEYS[2])
local ms = math.min(tonumber(ARGV[2]), tonumber(ARGV[1]) * 2 ^ (openings - 1))
redis.call('SET', KEYS[1], '1', 'PX', string.format('%.0f', ms))
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', ms + ARGV[3]))
return ms`;

/** Purpose: forgets. Keys: those to forget. */
const FORGET = `return redis.call('DEL', unpack(KEYS))`;

/** What providers have said to all workers, and the breakers of their models. All calls reject while Redis is away. */
export function createProviderState(redis: GateRedis, prefix: string) {
  const keysOf = ({ provider, model }: Pick<ConfiguredModel, 'provider' | 'model'>) => {
    const base = providerKey(prefix, provider);
    const breaker = `${base}:${model}`;
    return {
      block: `${base}:block`,
      strikes: `${base}:strikes`,
      open: `${breaker}:open`,
      openings: `${breaker}:openings`,
      probe: `${breaker}:probe`,
    };
  };
  const run = (script: string, keys: string[], ...values: number[]) =>
    redis.eval(script, keys.length, ...keys, ...values.map(Math.ceil));

  return {
    async look(of: Pick<ConfiguredModel, 'provider' | 'model'>): Promise<ProviderState> {
      const { block, open, openings, probe } = keysOf(of);
      const answer = (await run(LOOK, [block, open, openings, probe])) as [number, number, number, number];
      const [blockMs, openMs, opened, probeMs] = answer;
      return { blockMs, openMs, halfOpen: opened > 0 && openMs === 0, probeMs };
    },
    /** Whether this caller is the one that may try. */
    takeProbe: async (of: ConfiguredModel) => (await run(TAKE_PROBE, [keysOf(of).probe], PROBE_MS)) === 1,
    releaseProbe: (of: ConfiguredModel) => run(FORGET, [keysOf(of).probe]),
    block(of: ConfiguredModel, askedMs: number | undefined) {
      const { block, strikes } = keysOf(of);
      return run(BLOCK_FOR, [block, strikes], askedMs ?? 0, BLOCK.baseMs, BLOCK.capMs, BLOCK.calmMs);
    },
    open(of: ConfiguredModel) {
      const { open, openings, probe } = keysOf(of);
      return run(OPEN_FOR, [open, openings, probe], OPEN.baseMs, OPEN.capMs, OPEN.rememberedMs);
    },
    close(of: ConfiguredModel) {
      const { open, openings, probe } = keysOf(of);
      return run(FORGET, [open, openings, probe]);
    },
  };
}

export function providerKey(prefix: string, provider: string): string {
  return `{${prefix}:provider:${provider}}`;
}
