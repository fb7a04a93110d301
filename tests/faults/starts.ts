/** When a creation was first taken by a worker, in Unix milliseconds. Ids are in the order of acceptance. */
export type Start = { id: string; priority: string; startedAt: number };

export type OutOfOrder = {
  /** Those that started after one that was accepted more than the allowance later. */
  beyond: number;
  /** Those that started after one that was accepted later at all. */
  any: number;
  /** The most places by which one was overtaken. */
  furthest: number;
};

/**
 * Creations of one class that others of it overtook. Workers that have `allowance` creations in hand between them take so many at
 * about the same time, and which of those starts first means nothing.
 */
export function startsOutOfOrder(starts: readonly Start[], allowance: number): OutOfOrder {
  const accepted = starts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const furthestFirst = new Array<number>(accepted.length);
  // From the last accepted: the earliest start among it and those after it.
  let earliest = Number.POSITIVE_INFINITY;
  for (let place = accepted.length - 1; place >= 0; place -= 1) {
    earliest = Math.min(earliest, accepted[place]?.startedAt ?? earliest);
    furthestFirst[place] = earliest;
  }
  const overtakenBy = accepted.map(({ startedAt }, place) => {
    let low = place;
    let high = accepted.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((furthestFirst[middle] as number) < startedAt) low = middle;
      else high = middle - 1;
    }
    return low - place;
  });
  return {
    beyond: overtakenBy.filter(places => places > allowance).length,
    any: overtakenBy.filter(places => places > 0).length,
    furthest: Math.max(0, ...overtakenBy),
  };
}
