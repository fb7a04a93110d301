import type { Submission } from '@roleforge/domain';

/**
 * Most rows, and most bytes, in one statement: MariaDB takes packets of 16 MiB unless told otherwise. A batch that has more
 * rows than that is a group by itself.
 */
const MOST_ROWS = 500;
const MOST_BYTES = 8 * 1_048_576;
/** A submission of more rows than this is a large one. */
const MOST_ROWS_OF_SMALL = 10;

type Waits = { submission: Submission; bytes: number };

/** What waits to be committed. */
export type WaitingLanes<T extends Waits> = {
  readonly size: number;
  add(one: T): void;
  /** Takes out what is to be committed next, in one go. */
  nextGroup(): T[];
  takeAll(): T[];
};

/**
 * Two lanes: whoever submits one creation is not to stand behind somebody's pile of batches. The small ones go first, and large
 * ones fill up what room they leave; where that was too little for any, a large one is first in the next group.
 */
export function createWaitingLanes<T extends Waits>(): WaitingLanes<T> {
  const small: T[] = [];
  const large: T[] = [];
  let passedOver = false;

  return {
    get size() {
      return small.length + large.length;
    },
    add: one => void (rowsOf(one) > MOST_ROWS_OF_SMALL ? large : small).push(one),
    nextGroup() {
      const group: T[] = [];
      const room = { rows: MOST_ROWS, bytes: MOST_BYTES };
      const waited = large.length;
      for (const lane of passedOver ? [large, small] : [small, large]) fill(group, lane, room);
      passedOver = waited > 0 && large.length === waited;
      return group;
    },
    takeAll: () => [...small.splice(0), ...large.splice(0)],
  };
}

/** Moves those at the head of the lane for which there is room; the first of a group always has it. */
function fill<T extends Waits>(group: T[], lane: T[], room: { rows: number; bytes: number }): void {
  let taken = 0;
  for (const one of lane) {
    const fits = rowsOf(one) <= room.rows && one.bytes <= room.bytes;
    if (!fits && group.length + taken > 0) break;
    room.rows -= rowsOf(one);
    room.bytes -= one.bytes;
    taken += 1;
  }
  group.push(...lane.splice(0, taken));
}

/** One that has no creations asks for its key to be kept, which is a row, too. */
function rowsOf({ submission }: Waits): number {
  return Math.max(1, submission.creations.length);
}
