import type { CreationId } from '@roleforge/contracts';
import type { Queue } from 'bullmq';
import { DELAYED_SCORE_PER_MS, PARKED_FROM, PARKED_TO } from './fair-line/line-rules.ts';
import type { RedisConnection } from './redis-connection.ts';

/** At most one of the first two is known: a job waits its turn, or its time, or for others to end, or is not in the queue. */
export type QueuePlace = {
  /** 1 for the creation that is taken next. */
  position: number | null;
  /** When it will take its place among those that wait. */
  notBefore: Date | null;
  /** Whether it waits until its tenant has fewer in hand. */
  parked: boolean;
};

/**
 * Finds a job among those that wait. BullMQ takes jobs from the end of the list first: it puts those there that have stalled.
 * Then come the prioritized ones from the least score. A delayed job's score is its time in milliseconds, times 4096.
 * KEYS: 1 the list of waiting jobs, 2 the prioritized ones, 3 the delayed ones. ARGV: 1 the job's id.
 * Returns its place, from 1 for the one that is taken next, or 0; and the delayed job's score, or false.
 */
const PLACE = `
local index = redis.call('LPOS', KEYS[1], ARGV[1], 'RANK', -1)
if index then return {redis.call('LLEN', KEYS[1]) - index, false} end
local rank = redis.call('ZRANK', KEYS[2], ARGV[1])
if rank then return {redis.call('LLEN', KEYS[1]) + rank + 1, false} end
return {0, redis.call('ZSCORE', KEYS[3], ARGV[1])}
`;

type WithPlace = RedisConnection & {
  findPlace(wait: string, prioritized: string, delayed: string, id: string): Promise<[number, string | null]>;
};

export function openPlaces(redis: RedisConnection, bull: Queue): (id: CreationId) => Promise<QueuePlace> {
  redis.defineCommand('findPlace', { numberOfKeys: 3, lua: PLACE });
  return async id => {
    const [wait, prioritized, delayed] = [bull.toKey('wait'), bull.toKey('prioritized'), bull.toKey('delayed')];
    const [position, found] = await (redis as WithPlace).findPlace(wait, prioritized, delayed, id);
    if (found === null) return { position: position > 0 ? position : null, notBefore: null, parked: false };
    const score = Number(found);
    if (score >= PARKED_FROM && score <= PARKED_TO) return { position: null, notBefore: null, parked: true };
    return { position: null, notBefore: new Date(Math.floor(score / DELAYED_SCORE_PER_MS)), parked: false };
  };
}
