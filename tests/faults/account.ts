/*
 * What a fault has done, from all that is known afterwards. Pure: everything that it judges by is handed to it.
 *
 * Each creation that the load asks for has a marker of its own, which the ledger keeps as metadata and the model finds in its
 * prompt. A request without an Idempotency-Key is sent once; one with a key as often as it takes, and counts once. So whatever
 * bears the same marker twice was doubled by the service and not by the load.
 *
 *   lost      a creation that was accepted, or is in the ledger without its caller having heard of it, and did not come to the
 *             end that it was due: its row is gone, has not ended, ended otherwise, or says success and has no role version;
 *             a wish of its owner's that was answered as it never should be.
 *   doubled   two rows, or two ids, of one marker; a key that was refused after it had been accepted; two role versions of one
 *             creation, or one of a creation that did not succeed; success against a cancel that was promised; versions of a
 *             role that are not numbered 1, 2, 3 …; two last events; an AI call for nothing that the ledger knows; three AI
 *             calls; two where the fault cannot have broken into the first; one that began after a cancel was promised,
 *             or between a pause that was carried out and its resume.
 *
 * A creation whose cancel was answered 200 or 202 is due to be cancelled, and every other one to succeed: nothing in the load
 * deserves to fail, a pause ends in a resume, and a cancel answered 409 came too late. A cancel that nobody answered may have been
 * carried out or not. A cancelled creation may have had no AI call, or one; or two, on the same condition as all others: being
 * cancelled gives nobody a reason to call again. Those are counted as extra like the rest.
 *
 * A fault breaks into a call that was in a worker's hand while it struck: under way, or answered so shortly before that the role
 * may not have been saved yet, or begun so shortly after that its job had been taken before. (A worker whose job has vanished
 * from Redis learns so when it next renews its hold on it, and breaks off whatever call it has begun meanwhile.) A fault that
 * spares calls (`hitsCalls: false`) explains no second call at all.
 *
 * A creation is lost once and doubled once, whatever the number of reasons; `problems` has each reason.
 */

import { doubles } from './doubles.ts';
import { type Evidence, idsIn, type LedgerRow, type Problem, refusalsIn } from './evidence.ts';
import { losses } from './losses.ts';

export type Account = {
  /** Creations that were asked for and answered with 202, each once. */
  accepted: number;
  /** Accepted creations that came to the end that they were due: one role, or being cancelled. */
  finished: number;
  lost: number;
  doubled: number;
  /** AI calls beyond the first of each creation. */
  extraAiCalls: number;
  /**
   * The longest time between two successive ends of creations, the earlier of them while the load went on. Those that were
   * cancelled do not count: one that waits is cancelled without any worker.
   */
  longestGapMs: number;
  /** Creations that were asked for without a 202, by what was heard last instead. */
  refusals: Record<string, number>;
  /** Repetitions of what was answered in the end, requests with a key and wishes, by what was heard before each. */
  repeated: Record<string, number>;
  /** Wishes by call and answer. */
  steered: Record<string, number>;
  /** Creations in the ledger whose callers got no 202, by what they heard instead. */
  unheard: Record<string, number>;
  problems: Problem[];
};

export function accountFor(evidence: Evidence): Account {
  const { answers, ledger, wishes } = evidence;
  const heardOf = grouped(answers, answer => answer.marker);
  const ids = new Map([...heardOf].map(([marker, own]) => [marker, idsIn(own)]));
  const accepted = [...ids.values()].flatMap(([first]) => (first === undefined ? [] : [first]));
  const heard = new Set([...ids.values()].flat());
  const refusals = new Map(
    [...heardOf].flatMap(([marker, own]) => (ids.get(marker)?.length === 0 ? [[marker, refusalsIn(own).at(-1)]] : [])),
  ) as Map<string, string>;
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
    repeated: counted([
      ...[...heardOf].flatMap(([marker, own]) => (refusals.has(marker) ? [] : refusalsIn(own))),
      ...wishes.flatMap(({ unanswered }) => unanswered),
    ]),
    steered: counted(wishes.map(({ call, answer }) => `${call} ${answer}`)),
    unheard: counted(
      ledger.flatMap(({ id, marker }) => (heard.has(id) ? [] : [refusals.get(marker) ?? 'another creation’s 202'])),
    ),
    problems,
  };
}

function longestGap(ledger: readonly LedgerRow[], loadEndedAt: number): number {
  const ends = ledger
    .flatMap(({ status, finishedAt }) => (finishedAt === null || status === 'cancelled' ? [] : [finishedAt]))
    .toSorted((a, b) => a - b);
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
