import type { Creation, CreationId } from '@roleforge/contracts';
import { isTerminalEvent } from '@roleforge/queue';
import { readPreferences } from '../http/prefer.ts';
import type { Input, Reply } from '../http/route.ts';
import type { Follow } from './follow.ts';
import type { Guest, Welcome } from './welcome.ts';

/** Longest that a caller is kept waiting, whatever it prefers, in seconds. */
const LONGEST_WAIT_S = 60;

type Accepted = { id: CreationId; by: Guest };
type Reading = Pick<Input<unknown, unknown, unknown>, 'headers' | 'closed'>;

/**
 * Answers a submission as its `Prefer` header has it (RFC 7240): with the finished creation where it ends in time, else
 * with `accepted` as it is. To be called when the creation is committed.
 */
export type AnswerAsPreferred = (
  creation: Accepted,
  accepted: Extract<Reply, { status: number }>,
  request: Reading,
) => Promise<Reply>;

type Needs = {
  follow: Follow;
  welcome: Welcome;
  /** Ends all waits. */
  stopping: AbortSignal;
};

/** A wait that is ended, because the api stops or the caller's key has ended, is answered as if nobody had wished to wait. */
export function createAnswerAsPreferred({ follow, welcome, stopping }: Needs): AnswerAsPreferred {
  return async (creation, accepted, { headers, closed }) => {
    const preferred = readPreferences(headers.prefer);
    // The two together ask for the answer to be put off only for so long (RFC 7240, 4.3): `wait` says it all.
    if (preferred.wait === undefined) return preferred.respondAsync ? applied(accepted, 'respond-async') : accepted;
    const seconds = Math.min(preferred.wait, LONGEST_WAIT_S);
    const finished =
      seconds === 0 ? null : await finishedWithin({ follow, welcome }, creation, seconds * 1_000, [closed(), stopping]);
    return applied(finished === null ? accepted : { ...accepted, status: 200, body: finished }, `wait=${seconds}`);
  };
}

function applied<R extends { headers?: Record<string, string> }>(reply: R, preference: string): R {
  return { ...reply, headers: { ...reply.headers, 'Preference-Applied': preference } };
}

/** The creation as it was when it ended; null where it has not ended `ms` later, or the wait is ended before that. */
function finishedWithin(
  { follow, welcome }: Pick<Needs, 'follow' | 'welcome'>,
  { by, id }: Accepted,
  ms: number,
  signals: readonly AbortSignal[],
): Promise<Creation | null> {
  return new Promise(resolve => {
    let finished: Creation | null = null;
    const following = follow(by.tenantId, id, 0, {
      take(event) {
        if (isTerminalEvent(event.type)) finished = event.data as Creation;
        return true;
      },
      ended: () => stop(finished),
      visited() {},
    });
    const giveUp = () => stop(null);
    const leaveWelcome = welcome.join(by, giveUp);
    const timer = setTimeout(giveUp, ms);
    for (const signal of signals) signal.addEventListener('abort', giveUp);
    if (signals.some(signal => signal.aborted)) giveUp();

    function stop(result: Creation | null): void {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', giveUp);
      following.leave();
      leaveWelcome();
      resolve(result);
    }
  });
}
