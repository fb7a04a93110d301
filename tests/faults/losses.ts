import { cancelsIn, type Evidence, PROMISED, type Problem } from './evidence.ts';

const TERMINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'expired']);
/** An owner may hear these; and nothing at all, or 503, to the last, while a fault lasts. */
const FIT_FOR_A_WISH: ReadonlySet<string> = new Set([...PROMISED, '409', '503']);

/** What did not come to the end that it was due. `heard` has the ids that were answered with 202. */
export function losses({ ledger, versions, wishes }: Evidence, heard: ReadonlySet<string>): Problem[] {
  const lost = (creation: string, reason: string): Problem => ({ kind: 'lost', creation, reason });
  const withRole = new Set(versions.map(({ creationId }) => creationId));
  const known = new Set(ledger.map(({ id }) => id));
  const cancels = cancelsIn(wishes);
  const gone = [...heard].filter(id => !known.has(id)).map(id => lost(id, 'accepted, and not in the ledger'));
  const undue = ledger.flatMap(({ id, status, failure }) => {
    if (!TERMINAL.has(status)) return [lost(id, `still ${status}`)];
    if (status === 'cancelled' && cancels.has(id) && cancels.get(id)?.answer !== '409') return [];
    if (status !== 'succeeded') return [lost(id, `${status}: ${failure ?? 'no reason given'}`)];
    return withRole.has(id) ? [] : [lost(id, 'succeeded, and has no role version')];
  });
  const unfit = wishes
    .filter(({ answer }) => /^\d+$/.test(answer) && !FIT_FOR_A_WISH.has(answer))
    .map(({ creationId, call, answer }) => lost(creationId, `${call} was answered ${answer}`));
  return [...gone, ...undue, ...unfit];
}
