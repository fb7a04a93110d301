import { BAND_WIDTH, LAST_TAG } from './queue-priority.ts';

/*
 * Start-time fair queueing (Goyal, Vin, Cheng 1996). Each job gets a start tag when it arrives, and the one with the least is
 * begun next. Time stands at the start tag of the job begun last; a flow (a tenant) that has nothing waiting begins there, and each of
 * its jobs after that is 1/weight further on. So flows that all have jobs waiting are begun in proportion to their weights, and
 * one that comes anew waits for no more than what the others have at this very tag.
 *
 * These are the rules; packages/queue/src/fair-line carries them out within Redis, and a test compares the two.
 */

/** What is kept of a line besides its jobs. */
export type Line = {
  /** The start tag of the job that was begun last, a whole number; never goes back but by `rebase`. */
  readonly now: number;
  /** Where the next job of a flow begins, for flows that are ahead of `now`. */
  readonly finish: ReadonlyMap<string, number>;
  /** How many jobs of a flow have a tag and wait. */
  readonly waiting: ReadonlyMap<string, number>;
};

export const EMPTY_LINE: Line = { now: 0, finish: new Map(), waiting: new Map() };

/** A job arrives. Its tag may lie between two whole numbers; its place in the line is the whole number below it. */
export function arrive(line: Line, flow: string, weight: number): { line: Line; tag: number } {
  const tag = Math.max(line.now, line.finish.get(flow) ?? 0);
  return {
    tag,
    line: {
      ...line,
      finish: new Map(line.finish).set(flow, tag + 1 / weight),
      waiting: new Map(line.waiting).set(flow, (line.waiting.get(flow) ?? 0) + 1),
    },
  };
}

/** A job of the flow is begun from this place, which is the whole number below its tag. */
export function start(line: Line, flow: string, place: number): Line {
  const furthest = Math.max(0, ...line.finish.values());
  // A place that nobody can have been given since the last rebase tells nothing of the time.
  const now = place <= furthest ? Math.max(line.now, place) : line.now;
  const finish = new Map([...line.finish].filter(([, tag]) => tag > now));
  return { now, finish, waiting: fewer(line.waiting, flow) };
}

/** A job of the flow leaves the line without being begun. A flow of which nothing waits any more owes nothing for what left. */
export function leave(line: Line, flow: string): Line {
  const waiting = fewer(line.waiting, flow);
  const finish = new Map(line.finish);
  if (!waiting.has(flow)) finish.delete(flow);
  return { ...line, finish, waiting };
}

/** Time is set back to its beginning when it has come so far: half of a band is left for what waits then. */
export const REBASED_AT = BAND_WIDTH / 2;
/** Where nothing waits, which makes it cheap, it is done sooner. */
export const REBASED_EMPTY_AT = 1_000;

/** Whether time, which has just come to `now`, is set back to its beginning, with so many jobs waiting. */
export function isToBeRebased(now: number, waiting: number): boolean {
  return now >= REBASED_AT || (waiting === 0 && now >= REBASED_EMPTY_AT);
}

/** A job that waits: its flow with its weight, and its place, of which LAST_TAG is shared by all that would be beyond it. */
export type WaitingJob = { flow: string; weight: number; place: number };

/**
 * Moves the beginning of time to `now`, so that tags stay small. Places of waiting jobs, which come in their order, move by as much, and
 * never below zero. Those that shared the last one are given places of their own, counted back from where their flow's next job
 * would begin: else a flow of little weight would have thousands on one place, and whoever comes to it later behind all of them.
 */
export function rebase(line: Line, waiting: readonly WaitingJob[]): { line: Line; places: number[] } {
  const { now } = line;
  const left = new Map<string, number>();
  for (const { flow, place } of waiting) if (place >= LAST_TAG) left.set(flow, (left.get(flow) ?? 0) + 1);
  const places = waiting.map(({ flow, weight, place }) => {
    if (place < LAST_TAG) return Math.max(0, place - now);
    const behind = left.get(flow) ?? 0;
    left.set(flow, behind - 1);
    const tag = Math.max(LAST_TAG, (line.finish.get(flow) ?? 0) - behind / weight);
    return Math.min(LAST_TAG, Math.floor(tag - now));
  });
  return {
    line: { ...line, now: 0, finish: new Map([...line.finish].map(([flow, tag]) => [flow, tag - now])) },
    places,
  };
}

/** What a capped flow holds of its cap: jobs that run, and jobs that stand in the line, by the index of their class. */
export type Slots = { running: number; admitted: readonly number[] };

/**
 * Whether one more job of this class (an index, 0 for the most urgent) may stand in the line. What is less urgent does not
 * count, so that it never keeps an urgent one out; that more stand there than may run does no harm, since each is looked at
 * again when its turn comes.
 */
export function admits({ running, admitted }: Slots, cap: number, classIndex: number): boolean {
  return running + admitted.filter(index => index <= classIndex).length < cap;
}

function fewer(waiting: ReadonlyMap<string, number>, flow: string): ReadonlyMap<string, number> {
  const left = new Map(waiting);
  const count = (left.get(flow) ?? 0) - 1;
  if (count > 0) left.set(flow, count);
  else left.delete(flow);
  return left;
}
