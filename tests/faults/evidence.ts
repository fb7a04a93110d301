/** What the load heard: the creation's id with a 202, or why there was none. Of one with a key there may be several, in order. */
export type Answer = { marker: string; at: number } & ({ creationId: string } | { refusal: string });

/** What an owner asked of a creation, repeated until it was answered: HTTP statuses, or why there was none. Unix milliseconds. */
export type Wish = {
  creationId: string;
  call: 'cancel' | 'pause' | 'resume';
  askedAt: number;
  /** What was heard before. */
  unanswered: readonly string[];
  answer: string;
  answeredAt: number;
};

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
  wishes: readonly Wish[];
  ledger: readonly LedgerRow[];
  versions: readonly VersionRow[];
  calls: readonly AiCall[];
  /** How many last events each creation's log has; no entry where the log is gone. */
  lastEvents: ReadonlyMap<string, number>;
  strike: Strike;
  /** When the load ended, in Unix milliseconds. */
  loadEndedAt: number;
};

/** What came of the load otherwise than it should have. */
export type Problem = { kind: 'lost' | 'doubled'; creation: string; reason: string };

/** Answers of an api that mean that a wish will be fulfilled. */
export const PROMISED: ReadonlySet<string> = new Set(['200', '202']);

/** Each creation's cancel. */
export function cancelsIn(wishes: readonly Wish[]): Map<string, Wish> {
  return new Map(wishes.flatMap(wish => (wish.call === 'cancel' ? [[wish.creationId, wish]] : [])));
}

/** The different ids that a request for one creation was answered with, in order. */
export function idsIn(answers: readonly Answer[]): string[] {
  return [...new Set(answers.flatMap(answer => ('creationId' in answer ? [answer.creationId] : [])))];
}

/** What was heard instead of a 202, in order. */
export function refusalsIn(answers: readonly Answer[]): string[] {
  return answers.flatMap(answer => ('refusal' in answer ? [answer.refusal] : []));
}
