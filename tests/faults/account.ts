/*
 * What a fault has done, from all that is known afterwards. Pure: everything that it judges by is handed to it.
 *
 * Each request of the load carries a marker of its own, sent once, which the ledger keeps as the request's id and the model
 * finds in its prompt; so whatever bears the same marker twice was doubled by the service and not by the load.
 *
 *   lost      a creation that was accepted, or is in the ledger without its caller having heard of it, and did not end in one role:
 *             its row is gone, has not ended, ended otherwise than in success (nothing in the load deserves that), or
 *             says success and has no role version.
 *   doubled   two rows of one request; two role versions of one creation, or one of a creation that did not succeed; versions
 *             of a role that are not numbered 1, 2, 3 …; two last events; an AI call for nothing that the ledger knows;
 *             three AI calls; two where the fault cannot have broken into the first.
 *
 * A fault breaks into a call that was in a worker's hand while it struck: under way, or answered so shortly before that the role
 * may not have been saved yet, or begun so shortly after that its job had been taken before. (A worker whose job has vanished
 * from Redis learns so when it next renews its hold on it, and breaks off whatever call it has begun meanwhile.) A fault that
 * spares calls (`hitsCalls: false`) explains no second call at all.
 *
 * A creation is lost once and doubled once, whatever the number of reasons; `problems` has each reason.
 */

/** What the load heard: the creation's id with a 202, or why there was none. */
export type Answer = { marker: string; at: number } & ({ creationId: string } | { refusal: string });

export type LedgerRow = {
  id: string;
  marker: string;
  status: string;
  /** Unix milliseconds, by the clock of the worker that ended it. */
  finishedAt: number | null;
  /** Code of the latest failure. */
  failure: string | null;
};

export type VersionRow = { creationId: string; roleId: string; version: number };

/** A call of the model. Unix milliseconds; `endedAt` is null for one that nobody has ended. */
export type AiCall = { marker: string; startedAt: number; endedAt: number | null };

/** When the fault was at work, in Unix milliseconds, and whether a call may have to be made again because of it. */
export type Strike = { beganAt: number; endedAt: number; hitsCalls: boolean };

export type Evidence = {
  answers: readonly Answer[];
  ledger: readonly LedgerRow[];
  versions: readonly VersionRow[];
  calls: readonly AiCall[];
  /** How many last events each creation's log has; no entry where the log is gone. */
  lastEvents: ReadonlyMap<string, number>;
  strike: Strike;
  /** When the load ended, in Unix milliseconds. */
  loadEndedAt: number;
};

export type Problem = { kind: 'lost' | 'doubled'; creation: string; reason: string };

export type Account = {
  /** Requests that were answered with 202. */
  accepted: number;
  /** Accepted creations that succeeded and have a role version. */
  finished: number;
  lost: number;
  doubled: number;
  /** AI calls beyond the first of each creation. */
  extraAiCalls: number;
  /** The longest time between two successive ends of creations, the earlier of them while the load went on. */
  longestGapMs: number;
  /** Requests without a 202, by what was heard instead. */
  refusals: Record<string, number>;
  /** Creations in the ledger whose callers got no 202, by what they heard instead. */
  unheard: Record<string, number>;
  problems: Problem[];
};

/** From the taking of a job to the call, and from its answer to the role's being saved, on a machine that has more to do. */
const IN_HAND_MS = 2_000;

const TERMINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled', 'expired']);

export function accountFor(evidence: Evidence): Account {
  const { answers, ledger } = evidence;
  const accepted = answers.flatMap(answer => ('creationId' in answer ? [answer.creationId] : []));
  const heard = new Set(accepted);
  const refusals = new Map(answers.flatMap(answer => ('refusal' in answer ? [[answer.marker, answer.refusal]] : [])));
  const problems = [...losses(evidence, heard), ...doubles(evidence)];
  const troubled = (kind: Problem['kind']) =>
    new Set(problems.filter(problem => problem.kind === kind).map(({ creation }) => creation));
  const lost = troubled('lost');
  return {
    accepted: accepted.length,
    finished: accepted.filter(id => !lost.has(id)).length,
    lost: lost.size,
    doubled: troubled('doubled').size,
    extraAiCalls: [...grouped(evidence.calls, call => call.marker).values()].reduce(
      (sum, calls) => sum + calls.length - 1,
      0,
    ),
    longestGapMs: longestGap(ledger, evidence.loadEndedAt),
    refusals: counted([...refusals.values()]),
    unheard: counted(
      ledger.flatMap(({ id, marker }) => (heard.has(id) ? [] : [refusals.get(marker) ?? 'another creation’s 202'])),
    ),
    problems,
  };
}

function losses({ ledger, versions }: Evidence, heard: ReadonlySet<string>): Problem[] {
  const lost = (creation: string, reason: string): Problem => ({ kind: 'lost', creation, reason });
  const withRole = new Set(versions.map(({ creationId }) => creationId));
  const known = new Set(ledger.map(({ id }) => id));
  const gone = [...heard].filter(id => !known.has(id)).map(id => lost(id, 'accepted, and not in the ledger'));
  const unmade = ledger.flatMap(({ id, status, failure }) => {
    if (!TERMINAL.has(status)) return [lost(id, `still ${status}`)];
    if (status !== 'succeeded') return [lost(id, `${status}: ${failure ?? 'no reason given'}`)];
    return withRole.has(id) ? [] : [lost(id, 'succeeded, and has no role version')];
  });
  return [...gone, ...unmade];
}

function doubles({ ledger, versions, calls, lastEvents, strike }: Evidence): Problem[] {
  const doubled = (creation: string, reason: string): Problem => ({ kind: 'doubled', creation, reason });
  const rows = new Map(ledger.map(row => [row.id, row]));
  const byMarker = grouped(ledger, row => row.marker);
  return [
    ...[...byMarker].flatMap(([marker, same]) =>
      same.slice(1).map(({ id }) => doubled(id, `request ${marker} has ${same.length} rows in the ledger`)),
    ),
    ...[...grouped(versions, version => version.creationId)].flatMap(([id, own]) => [
      ...(own.length > 1 ? [doubled(id, `${own.length} role versions`)] : []),
      ...(rows.get(id)?.status === 'succeeded' ? [] : [doubled(id, `a role version, and ${rows.get(id)?.status}`)]),
    ]),
    ...[...grouped(versions, version => version.roleId)].flatMap(([roleId, own]) =>
      own
        .toSorted((a, b) => a.version - b.version)
        .filter(({ version }, index) => version !== index + 1)
        .map(({ creationId, version }) => doubled(creationId, `version ${version} of ${roleId} is out of sequence`)),
    ),
    ...[...lastEvents].filter(([, count]) => count > 1).map(([id, count]) => doubled(id, `${count} last events`)),
    ...[...grouped(calls, call => call.marker)].flatMap(([marker, own]) => {
      const creation = byMarker.get(marker)?.[0]?.id;
      if (creation === undefined) return [doubled(marker, `${own.length} AI calls, and not in the ledger`)];
      const reason = needlessCall(own, strike);
      return reason === null ? [] : [doubled(creation, reason)];
    }),
  ];
}

function needlessCall(calls: readonly AiCall[], strike: Strike): string | null {
  if (calls.length === 1) return null;
  const inOrder = calls.toSorted((a, b) => a.startedAt - b.startedAt);
  const first = inOrder[0] as AiCall;
  if (calls.length === 2 && wasHit(first, strike)) return null;
  const since = (at: number | null) => (at === null ? 'never' : `${((at - strike.beganAt) / 1000).toFixed(1)} s`);
  const times = inOrder.map(({ startedAt, endedAt }) => `${since(startedAt)} to ${since(endedAt)}`);
  return `${calls.length} AI calls, counted from the fault's beginning ${times.join(', ')}`;
}

function wasHit({ startedAt, endedAt }: AiCall, { beganAt, endedAt: over, hitsCalls }: Strike): boolean {
  return hitsCalls && startedAt - IN_HAND_MS <= over && (endedAt === null || endedAt + IN_HAND_MS >= beganAt);
}

function longestGap(ledger: readonly LedgerRow[], loadEndedAt: number): number {
  const ends = ledger.flatMap(({ finishedAt }) => (finishedAt === null ? [] : [finishedAt])).toSorted((a, b) => a - b);
  return ends.reduce((longest, end, index) => {
    const before = ends[index - 1];
    return before === undefined || before > loadEndedAt ? longest : Math.max(longest, end - before);
  }, 0);
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key);
}

function counted(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...grouped(words, word => word)].map(([word, same]) => [word, same.length]));
}
