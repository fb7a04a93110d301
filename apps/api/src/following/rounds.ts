/** Visits each of its members once in every period, the visits spread over it: one timer for all of them. */
export type Rounds = {
  /** Has `visit` called from now on. Returns the way to leave. */
  join(visit: () => void): () => void;
};

const SLOTS = 60;

/** @param periodMs how long one round takes, in milliseconds */
export function createRounds(periodMs: number): Rounds {
  const slots = Array.from({ length: SLOTS }, () => new Set<() => void>());
  let timer: NodeJS.Timeout | undefined;
  let members = 0;
  let joined = 0;
  let visited = 0;

  function visitNext(): void {
    for (const visit of [...(slots[visited] as Set<() => void>)]) visit();
    visited = (visited + 1) % SLOTS;
  }

  return {
    join(visit) {
      const slot = slots[joined] as Set<() => void>;
      joined = (joined + 1) % SLOTS;
      slot.add(visit);
      members += 1;
      timer ??= setInterval(visitNext, periodMs / SLOTS);
      return () => {
        if (!slot.delete(visit)) return;
        members -= 1;
        if (members > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
