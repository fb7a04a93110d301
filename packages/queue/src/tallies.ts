import { JOBS } from '@roleforge/contracts';
import { LATENCY_BOUNDS_MS, newLatencyTally, type PaceSample } from '@roleforge/domain';
import { startsKey, talliesKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';
import { KEPT_SPANS, SPAN_S } from './start-rate.ts';

/*
 * What all processes together have done of late: counts by Redis's clock, in the same spans as the starts. A field is
 * `<number of the span>:<name>`, where a name is `ended`, `pickup:<n>` or `accept:<n>`; n is the index of a bound of domain/latency-tally.ts.
 */

/** Counts since the last time, by name. */
export type Counts = Record<string, number>;

/** Counts of latencies, each under the name of its bound; those that are 0 are left out. */
export function latencyCounts(name: 'pickup' | 'accept', tally: readonly number[]): Counts {
  return Object.fromEntries(
    tally.flatMap((count, index): [string, number][] => (count > 0 ? [[`${name}:${index}`, count]] : [])),
  );
}

/**
 * Begins a script that calls `tally(key, from)`: adds what ARGV holds from there on, names and counts in turn, and clears away what is
 * no longer looked at.
 */
export const TALLY = `
local function tally(key, from)
  local span = math.floor(redis.call('TIME')[1] / ${SPAN_S})
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if (tonumber(string.match(field, '^%d+')) or 0) < span - ${KEPT_SPANS} then redis.call('HDEL', key, field) end
  end
  for at = from, #ARGV, 2 do redis.call('HINCRBY', key, span .. ':' .. ARGV[at], ARGV[at + 1]) end
  redis.call('EXPIRE', key, ${SPAN_S * (KEPT_SPANS + 1)})
end
`;

/** KEYS: 1 the tallies. ARGV: names and counts in turn. */
const NOTE = `${TALLY}
tally(KEYS[1], 1)
`;

/** KEYS: 1 the starts, 2 the tallies. Returns Redis's time in seconds, and the two hashes. */
const READ = `
return {redis.call('TIME')[1], redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
`;

type WithTallies = RedisConnection & {
  noteTallies(key: string, ...counts: (string | number)[]): Promise<null>;
  readTallies(starts: string, tallies: string): Promise<[string, string[], string[]]>;
};

/** What is counted by everybody. All calls reject when Redis does not answer. */
export type Tallies = { note(counts: Counts): Promise<void>; read(): Promise<PaceSample> };

export function createTallies(connection: RedisConnection, prefix: string): Tallies {
  connection.defineCommand('noteTallies', { numberOfKeys: 1, lua: NOTE });
  connection.defineCommand('readTallies', { numberOfKeys: 2, lua: READ });
  const redis = connection as WithTallies;
  const { queue } = JOBS.createRole;
  const [starts, tallies] = [startsKey(prefix, queue), talliesKey(prefix, queue)];
  return {
    note: async counts => void (await redis.noteTallies(tallies, ...Object.entries(counts).flat())),
    async read() {
      const [time, started, counted] = await redis.readTallies(starts, tallies);
      return paceOf(Number(time), fieldsOf(started), fieldsOf(counted));
    },
  };
}

function fieldsOf(flat: readonly string[]): Map<string, number> {
  const fields = new Map<string, number>();
  for (let index = 0; index + 1 < flat.length; index += 2) fields.set(String(flat[index]), Number(flat[index + 1]));
  return fields;
}

/** Rates are those of the last two whole spans and of as much of the present one as is over. */
function paceOf(now: number, started: ReadonlyMap<string, number>, counted: ReadonlyMap<string, number>): PaceSample {
  const present = Math.floor(now / SPAN_S);
  const spans = Array.from({ length: KEPT_SPANS + 1 }, (_, index) => present - KEPT_SPANS + index);
  const starts = spans.map(span => started.get(String(span)) ?? 0);
  const ends = spans.map(span => counted.get(`${span}:ended`) ?? 0);
  const latency = (name: string, span: number) =>
    LATENCY_BOUNDS_MS.map((_, index) => index)
      .concat(LATENCY_BOUNDS_MS.length)
      .map(index => counted.get(`${span}:${name}:${index}`) ?? 0);
  const accepts = spans.map(span => latency('accept', span));
  const perSecond = (counts: readonly number[]) => sum(counts.slice(-3)) / (2 * SPAN_S + (now - present * SPAN_S));
  return {
    startsPerSecond: perSecond(starts),
    endsPerSecond: perSecond(ends),
    acceptsPerSecond: perSecond(accepts.map(sum)),
    spanSeconds: SPAN_S,
    recent: spans.slice(0, -1).map((_, index) => ({ starts: starts[index] ?? 0, ends: ends[index] ?? 0 })),
    pickups: added(spans.map(span => latency('pickup', span))),
    accepts: added(accepts),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function added(tallies: readonly (readonly number[])[]): number[] {
  return newLatencyTally().map((_, index) => sum(tallies.map(tally => tally[index] ?? 0)));
}
