import { StoreUnavailable } from '@roleforge/domain';
import type { Database } from './database.ts';
import { measureLag } from './replication-lag.ts';

/**
 * Has a list read: from the replica while that is there and little enough behind, else from where all else is read. What it answers may
 * be older than what its caller has just written; nothing is decided by it.
 */
export type ReadList = <List>(read: (from: Database) => Promise<List>) => Promise<List>;

export type ReadReplica = { readList: ReadList; close(): Promise<void> };

/** `behindMs`: null where it cannot be told. */
export type ReplicaState = { used: boolean; behindMs: number | null; cause?: unknown };

type Options = {
  primary: Database;
  replica: Database;
  /** How far behind the replica may be, in milliseconds. */
  mostBehindMs: number;
  /** Hears when lists are read from the replica from now on, or no longer, and once at the start. */
  onChange: (state: ReplicaState) => void;
};

/** At least so often, and several times within what it may be behind. */
const LOOK_EVERY_MS = 1_000;

/** Keeps watch over a replica from now on. The pools remain their owner's. */
export function watchReplica({ primary, replica, mostBehindMs, onChange }: Options): ReadReplica {
  /** Until when, by this process's clock, the replica is known to be little enough behind. */
  let goodUntil = 0;
  let told: boolean | null = null;
  const tell = (state: ReplicaState) => {
    if (state.used !== told) onChange(state);
    told = state.used;
  };
  const giveUp = (state: Omit<ReplicaState, 'used'>) => {
    goodUntil = 0;
    tell({ used: false, ...state });
  };

  async function look(): Promise<void> {
    const askedAt = performance.now();
    try {
      const behindMs = await measureLag(primary, replica);
      if (behindMs > mostBehindMs) return giveUp({ behindMs });
      goodUntil = askedAt + mostBehindMs - behindMs;
      tell({ used: true, behindMs });
    } catch (cause) {
      giveUp({ behindMs: null, cause });
    }
  }

  let looking: Promise<void> | null = null;
  // One that hangs until the patience is over is enough.
  const lookAgain = () => {
    looking ??= look().finally(() => {
      looking = null;
    });
  };
  lookAgain();
  const timer = setInterval(lookAgain, Math.min(LOOK_EVERY_MS, mostBehindMs / 4));
  timer.unref();

  return {
    async readList(read) {
      if (performance.now() >= goodUntil) return read(primary);
      try {
        return await read(replica);
      } catch (cause) {
        // Any other fault may be the replica's too, such as a column that a migration has not brought there yet: then the primary has none.
        if (cause instanceof StoreUnavailable) giveUp({ behindMs: null, cause });
        return read(primary);
      }
    },
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
