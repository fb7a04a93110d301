import type { AiCall, Strike, Wish } from './evidence.ts';

/** From the taking of a job to the call, and from its answer to the role's being saved, on a machine that has more to do. */
const IN_HAND_MS = 2_000;

/**
 * Why some of one creation's calls were for nothing, or null: more than the fault explains, or one that began when its owner had
 * long been told that the creation would not be made.
 * @param cancel the one that was answered with 200 or 202
 */
export function needlessCall(calls: readonly AiCall[], strike: Strike, cancel: Wish | undefined): string | null {
  const inOrder = calls.toSorted((a, b) => a.startedAt - b.startedAt);
  const [first, last] = [inOrder[0] as AiCall, inOrder.at(-1) as AiCall];
  const since = (at: number | null) => (at === null ? 'never' : `${((at - strike.beganAt) / 1000).toFixed(1)} s`);
  const times = inOrder.map(({ startedAt, endedAt }) => `${since(startedAt)} to ${since(endedAt)}`).join(', ');
  if (calls.length > 2 || (calls.length === 2 && !wasHit(first, strike)))
    return `${calls.length} AI calls, counted from the fault's beginning ${times}`;
  if (cancel !== undefined && last.startedAt > cancel.at + IN_HAND_MS && !wasHit(last, strike))
    return `cancelled at ${since(cancel.at)} from the fault's beginning, and an AI call after that: ${times}`;
  return null;
}

function wasHit({ startedAt, endedAt }: AiCall, { beganAt, endedAt: over, hitsCalls }: Strike): boolean {
  return hitsCalls && startedAt - IN_HAND_MS <= over && (endedAt === null || endedAt + IN_HAND_MS >= beganAt);
}
