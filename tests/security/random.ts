/** Chance that can be repeated: the same seed, the same run. */
export type Random = {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** From 0 up to, and without, `below`. */
  below(below: number): number;
  one<T>(of: readonly T[]): T;
  /** True so often. */
  chance(probability: number): boolean;
};

/** Mulberry32. @param seed a whole number of 32 bits */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { next, below, one: of => of[below(of.length)] as never, chance: probability => next() < probability };
}
