import type { SourceDocuments, SourceKind, TaskId, TenantId } from '@roleforge/contracts';
import {
  type SourceCopy,
  type SourceCopyReader,
  type SourceOrigin,
  type SourceReader,
  StoreUnavailable,
} from '@roleforge/domain';
import { EVERYTHING } from './redis-bus.ts';
import { keyOf, LIFETIMES, type Lifetimes, openTwoLevels, type SourceCacheConnections } from './two-levels.ts';

export type { Lifetimes } from './two-levels.ts';

/** Copies of sources, in this process and in Redis. Where Redis is away, sources are read from MySQL. */
export type SourceCache = SourceCopyReader & {
  /** Forgets what is held, and ends the connection to Redis, but not the one that listens. */
  close(): Promise<void>;
};

/** What is kept: JSON, so that a date is its milliseconds. `source` is null where there was none. */
type Kept = {
  readAt: number;
  source: { document: SourceDocuments[SourceKind]; digest: string; updatedAt: number } | null;
};

/** A read under way, which all who ask for the same source meanwhile wait for. */
type Flight = {
  copy: Promise<SourceCopy<SourceKind>>;
  /** Where the answer came from. An overtaken read does not hear which level it was; memory would have answered before. */
  from: SourceOrigin;
  /** How MySQL has failed; null where it was not asked or has answered. */
  failure: { cause: unknown } | null;
  /** Whether the source was written meanwhile, so that what is being read may be what was there before. */
  overtaken: boolean;
};

/** After a failure Redis is not asked for this long, so that its absence costs reads nothing. */
const REDIS_REST_MS = 5_000;

type Options = SourceCacheConnections & {
  reader: SourceReader;
  clock: () => Date;
  lifetimes?: Lifetimes;
};

/**
 * Puts two levels of copies before a reader. A copy holds for half a minute in memory and for a minute altogether, unless a
 * write ends it (see createSourceInvalidator); it is kept for a week after that, and handed out as stale where MySQL does not
 * answer. A source that was not there is remembered too, but never taken for known once stale.
 */
export function openSourceCache({ reader, clock, lifetimes = LIFETIMES, ...connections }: Options): SourceCache {
  const cache = openTwoLevels(connections, { lifetimes, redisRestMs: REDIS_REST_MS });
  const flights = new Map<string, Flight>();
  cache.on('cache:hit', ({ key, layer }) => {
    const flight = flights.get(key);
    if (flight !== undefined) flight.from = layer === 'l2' ? 'redis' : 'memory';
  });
  // Who asks after a write waits for no read that began before it, and that one reads again.
  cache.on('bus:message:received', ({ message: { keys, type } }) => {
    for (const key of type === EVERYTHING ? [...flights.keys()] : keys) {
      const flight = flights.get(key);
      if (flight !== undefined) flight.overtaken = true;
      flights.delete(key);
    }
  });

  async function fetch(key: string, flight: Flight, read: () => Promise<Kept>): Promise<SourceCopy<SourceKind>> {
    const kept = await cache
      .getOrSet<Kept>({
        key,
        // Only a failure makes an old copy do, not a slow answer: the reader has its own patience.
        timeout: null as never,
        factory: async ({ setOptions }) => {
          // What one has read is no news to the others: they read it from Redis, or themselves.
          setOptions({ skipBusNotify: true });
          try {
            for (;;) {
              flight.overtaken = false;
              const kept = await read();
              if (flight.overtaken) continue;
              flight.from = 'mysql';
              return kept;
            }
          } catch (cause) {
            flight.failure = { cause };
            throw cause;
          }
        },
      })
      .catch(error => {
        throw flight.failure === null ? error : flight.failure.cause;
      });
    const ageMs = Math.max(0, clock().getTime() - kept.readAt);
    const source = kept.source && { ...kept.source, updatedAt: new Date(kept.source.updatedAt) };
    if (flight.failure === null) return { source, state: 'fresh', from: flight.from, ageMs };
    const { cause } = flight.failure;
    if (!(cause instanceof StoreUnavailable) || source === null) throw cause;
    return { source, state: 'stale', from: flight.from, ageMs, cause };
  }

  return {
    readCopy<K extends SourceKind>(tenantId: TenantId, taskId: TaskId, kind: K): Promise<SourceCopy<K>> {
      const key = keyOf(tenantId, taskId, kind);
      const current = flights.get(key);
      if (current !== undefined) return current.copy as Promise<SourceCopy<K>>;
      const read = async (): Promise<Kept> => {
        const readAt = clock().getTime();
        const source = await reader.readSource(tenantId, taskId, kind);
        return { readAt, source: source && { ...source, updatedAt: source.updatedAt.getTime() } };
      };
      const flight: Flight = { copy: Promise.resolve(null as never), from: 'redis', failure: null, overtaken: false };
      flights.set(key, flight);
      flight.copy = fetch(key, flight, read).finally(() => {
        if (flights.get(key) === flight) flights.delete(key);
      });
      return flight.copy as Promise<SourceCopy<K>>;
    },
    async close() {
      await cache.disconnectAll();
    },
  };
}
