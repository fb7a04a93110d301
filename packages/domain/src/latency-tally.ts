/*
 * How long things took, as counts by bounds: counts of many processes can be added up, and a quantile read from the sum. It is told as
 * the bound below which it lies, so it is never too low.
 */

/** The bounds, in milliseconds; what took longer than the last has a count of its own after them. */
export const LATENCY_BOUNDS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000,
] as const;

/** How often something took so long, by the index of its bound. */
export type LatencyTally = number[];

export function newLatencyTally(): LatencyTally {
  return Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
}

/** The index of the first bound that this is not above. */
export function latencyIndex(ms: number): number {
  const index = LATENCY_BOUNDS_MS.findIndex(bound => ms <= bound);
  return index === -1 ? LATENCY_BOUNDS_MS.length : index;
}

/**
 * The bound below which this part of them lies, in milliseconds: the last one also where some took longer. Null where there are none.
 * @param part 0.5 for the median
 */
export function latencyQuantile(tally: readonly number[], part: number): number | null {
  const total = tally.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [index, count] of tally.entries()) {
    seen += count;
    if (seen >= part * total) return LATENCY_BOUNDS_MS[Math.min(index, LATENCY_BOUNDS_MS.length - 1)] as number;
  }
  return LATENCY_BOUNDS_MS.at(-1) as number;
}
