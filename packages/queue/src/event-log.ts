import { CreationEvent, type CreationId, TERMINAL_EVENTS } from '@roleforge/contracts';
import { acceptedAtMs } from '@roleforge/domain';
import { eventChannel, eventLogKey } from './keys.ts';
import type { RedisConnection } from './redis-connection.ts';

/*
 * The event log of a creation: a stream whose entry ids are the events' numbers. Number 1, "queued", is never written:
 * it follows from the ledger, and the accept path is spared a command. So the first entry has number 2, and each one after
 * it the next number.
 *
 * A log can be lost (Redis was emptied, or it expired before its creation was begun again), while followers still hold
 * the numbers of events that were in it. So who knows that there was a log and finds none goes on at a number by the clock:
 * milliseconds since the creation was accepted, which no event before can have had, since a creation has nowhere near an
 * event in every millisecond. Numbers keep rising, and none is given twice (docs/decisions/0012).
 */

/** What is appended; number and time are given by the log. */
export type NewEvent = Pick<CreationEvent, 'type' | 'data'>;

export type EventLog = {
  /**
   * Appends an event, tells the listeners, and returns its number. Rejects when Redis does not answer.
   * @param options.continues said by one who knows that events came before this one: where there is no log, it was lost
   */
  append(creationId: CreationId, event: NewEvent, options?: { continues: boolean }): Promise<number>;
  /** Events numbered above `after`, oldest first; empty where there are none or the log is gone. */
  read(creationId: CreationId, after: number): Promise<CreationEvent[]>;
  /** Removes the logs of these creations. Rejects when Redis does not answer. */
  remove(creationIds: readonly CreationId[]): Promise<void>;
};

/** Most logs that are removed in one round trip. */
const REMOVED_AT_ONCE = 1_000;
const FIRST_NUMBER = 2;
/** Out of reach of a log that was counted from the beginning, however soon it is lost. */
const BY_CLOCK_FROM = 1_000;
const KEEP_RUNNING_S = 7 * 86_400;
const KEEP_ENDED_S = 86_400;

/**
 * Appends one event under the next number.
 * KEYS: 1 the stream. ARGV: 1 the event without its number (JSON), 2 seconds until the log expires, 3 the channel, 4 the number
 * where there is no log.
 * Returns the number. The message on the channel is `<number> <event>`.
 */
const APPEND = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local number = tonumber(ARGV[4])
if last[1] then number = tonumber(string.match(last[1][1], '^%d+')) + 1 end
redis.call('XADD', KEYS[1], number .. '-0', 'e', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], number .. ' ' .. ARGV[1])
return number
`;

type WithAppend = RedisConnection & {
  appendEvent(stream: string, event: string, ttlSeconds: number, channel: string, start: number): Promise<number>;
};

export function createEventLog(redis: RedisConnection, prefix: string, clock: () => Date = () => new Date()): EventLog {
  redis.defineCommand('appendEvent', { numberOfKeys: 1, lua: APPEND });
  return {
    append(creationId, { type, data }, { continues } = { continues: false }) {
      const now = clock();
      const entry = JSON.stringify({ type, creationId, at: now.toISOString(), data });
      const ttl = isTerminalEvent(type) ? KEEP_ENDED_S : KEEP_RUNNING_S;
      const start = continues ? numberByClock(creationId, endedAt(data) ?? now) : FIRST_NUMBER;
      const [stream, channel] = [eventLogKey(prefix, creationId), eventChannel(prefix)];
      return (redis as WithAppend).appendEvent(stream, entry, ttl, channel, start);
    },
    async read(creationId, after) {
      const entries = await redis.xrange(eventLogKey(prefix, creationId), `(${after}-0`, '+');
      return entries.map(([id, fields]) => toEvent(Number.parseInt(id, 10), fields[1] ?? ''));
    },
    async remove(creationIds) {
      for (let from = 0; from < creationIds.length; from += REMOVED_AT_ONCE) {
        // One by one, and in no pipeline: on a cluster each log has a node of its own.
        const page = creationIds.slice(from, from + REMOVED_AT_ONCE);
        await Promise.all(page.map(id => redis.unlink(eventLogKey(prefix, id))));
      }
    },
  };
}

/**
 * The number under which a log that was lost goes on at `at`. For the end of a creation that is when it finished, so that
 * whoever tells it from the ledger and the worker who appends it late give it the same number.
 */
export function numberByClock(creationId: CreationId, at: Date): number {
  return Math.max(0, at.getTime() - acceptedAtMs(creationId)) + BY_CLOCK_FROM;
}

function endedAt(data: NewEvent['data']): Date | null {
  return 'finishedAt' in data && typeof data.finishedAt === 'string' ? new Date(data.finishedAt) : null;
}

export function isTerminalEvent(type: CreationEvent['type']): boolean {
  return (TERMINAL_EVENTS as readonly string[]).includes(type);
}

/** Parses what `append` wrote, as an entry or as a message. */
export function toEvent(id: number, text: string): CreationEvent {
  return CreationEvent.parse({ id, ...JSON.parse(text) });
}
