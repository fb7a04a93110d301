/** What is known of a creation that waits, and of the workers that it waits for. */
export type StartOutlook = {
  /** Held back by its owner: it starts when it is let go, and nobody knows when that is. */
  held: boolean;
  /** 1 for the creation that is taken next; null where it does not wait its turn. */
  position: number | null;
  /** Not taken before this time, if it has one: when it is to run, or to run again. */
  notBefore: Date | null;
  /** How many workers are there to take it. */
  workers: number;
  /** How many creations they have taken lately, per second; null where they have taken none. */
  startsPerSecond: number | null;
};

/**
 * When a creation is likely to start, if the workers go on as they did; never before `now`, nor before its own time. Null
 * where that would be a guess: nobody works, nobody has taken anything lately, or it waits neither its turn nor its time.
 */
export function estimateStart(outlook: StartOutlook, now: Date): Date | null {
  const { held, position, notBefore, workers } = outlook;
  if (held || workers === 0) return null;
  const earliest = Math.max(now.getTime(), notBefore?.getTime() ?? 0);
  // Its turn comes after its time, among those that wait then: what stands in the queue today says nothing about that.
  if (position === null) return notBefore !== null && notBefore > now ? notBefore : null;
  const rate = outlook.startsPerSecond ?? 0;
  if (rate <= 0) return null;
  const estimate = new Date(Math.max(earliest, now.getTime() + Math.ceil((position / rate) * 1_000)));
  // Further off than a date can say.
  return Number.isNaN(estimate.getTime()) ? null : estimate;
}
