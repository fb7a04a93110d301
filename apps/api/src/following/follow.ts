import type { CreationEvent, CreationId, TenantId } from '@roleforge/contracts';
import { type EventFeed, isTerminalEvent } from '@roleforge/queue';
import type { ReadSince } from './creation-story.ts';
import type { Rounds } from './rounds.ts';

/** Who follows a creation. */
export type Follower = {
  /** Is given the next event. False where there is no room for another: what follows is kept until `resume`. */
  take(event: CreationEvent): boolean;
  /** All was taken, and the creation has ended. */
  ended(): void;
  /** Called once in a while, whether or not there was anything to take. */
  visited(): void;
};

export type Following = {
  /** There is room again. */
  resume(): void;
  /** Nothing is given any more. Leaving twice does no harm. */
  leave(): void;
};

/** Follows a creation from after the event with number `after`, until it has ended or the follower leaves. */
export type Follow = (tenantId: TenantId, id: CreationId, after: number, follower: Follower) => Following;

type Needs = { feed: EventFeed; readSince: ReadSince; rounds: Rounds };

/** Most looks at log and ledger at once: a thousand followers that come back in one moment must not crowd out submissions. */
const MOST_LOOKS = 4;

/**
 * The log is what counts. An event that arrives live is handed on where it is the very next one; whenever it is not, after
 * the connection was away, and after a round in silence, what there is since the last event is read. So a lost message, a
 * lost log and a follower who had no room all come to the same: another look.
 */
export function createFollow({ feed, readSince, rounds }: Needs): Follow {
  const oneOfFew = createGate(MOST_LOOKS);

  return (tenantId, id, after, follower) => {
    let last = after;
    let state: 'open' | 'full' | 'left' = 'open';
    let looking = false;
    let lookAgain = false;
    let silent = false;

    // Listening begins before the first look, so that nothing falls between the two.
    const unlisten = feed.listen(id, hear, () => void look());
    const leaveRounds = rounds.join(() => {
      follower.visited();
      if (silent) void look();
      silent = true;
    });
    void look();
    return {
      leave,
      resume() {
        if (state !== 'full') return;
        state = 'open';
        void look();
      },
    };

    function hear(event: CreationEvent): void {
      silent = false;
      if (looking || event.id !== last + 1) void look();
      else if (state === 'open') give([event], isTerminalEvent(event.type));
    }

    async function look(): Promise<void> {
      lookAgain = true;
      if (looking) return;
      looking = true;
      while (lookAgain && state === 'open') {
        lookAgain = false;
        // Away: the next round looks again.
        const since = await oneOfFew(() => readSince(tenantId, id, last)).catch(() => ({ events: [], over: false }));
        if (state === 'open') give(since?.events ?? [], since?.over ?? true);
      }
      looking = false;
    }

    function give(events: readonly CreationEvent[], over: boolean): void {
      for (const event of events) {
        last = event.id;
        if (!follower.take(event) && state === 'open') state = 'full';
        if (state === 'left' || (state === 'full' && event !== events.at(-1))) return;
      }
      if (!over) return;
      leave();
      follower.ended();
    }

    function leave(): void {
      state = 'left';
      unlisten();
      leaveRounds();
    }
  };
}

/** Lets so many pieces of work run at once; the others wait for their turn. */
function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async work => {
    if (running < most) running += 1;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
