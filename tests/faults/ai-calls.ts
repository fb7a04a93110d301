import type { AiCall, Strike, Wish } from './evidence.ts';

/** From the taking of a job to the call, and from its answer to the role's being saved, on a machine that has more to do. */
const IN_HAND_MS = 2_000;

/**
 * Why some of one creation's calls were for nothing, or null: more than the fault explains; one that began while its owner had been
 * told that the creation is held; or one that began when its owner had long been told that it would not be made.
 */
export function needlessCall(calls: readonly AiCall[], strike: Strike, wishes: readonly Wish[]): string | null {
  const inOrder = calls.toSorted((a, b) => a.startedAt - b.startedAt);
  const since = (at: number | null) => (at === null ? 'never' : `${((at - strike.beganAt) / 1000).toFixed(1)} s`);
  const times = inOrder.map(({ startedAt, endedAt }) => `${since(startedAt)} to ${since(endedAt)}`).join(', ');
  if (calls.length > 2 || (calls.length === 2 && !wasHit(inOrder[0] as AiCall, strike)))
    return `${calls.length} AI calls, counted from the fault's beginning ${times}`;

  const unexplained = calls.filter(call => !wasHit(call, strike));
  const wish = (call: Wish['call'], ...answers: string[]) =>
    wishes.find(one => one.call === call && answers.includes(one.answer));
  const cancel = wish('cancel', '200', '202');
  if (cancel !== undefined && unexplained.some(({ startedAt }) => startedAt > cancel.answeredAt + IN_HAND_MS))
    return `cancelled at ${since(cancel.answeredAt)} from the fault's beginning, and an AI call after that: ${times}`;
  const [pause, resume] = [wish('pause', '200'), wish('resume', '200')];
  const held = ({ startedAt }: AiCall) =>
    pause !== undefined && resume !== undefined && startedAt > pause.answeredAt && startedAt < resume.askedAt;
  if (unexplained.some(held)) return `an AI call while it was held, counted from the fault's beginning ${times}`;
  return null;
}

function wasHit({ startedAt, endedAt }: AiCall, { beganAt, endedAt: over, hitsCalls }: Strike): boolean {
  return hitsCalls && startedAt - IN_HAND_MS <= over && (endedAt === null || endedAt + IN_HAND_MS >= beganAt);
}
