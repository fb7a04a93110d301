import { type LatencyTally, latencyIndex, newLatencyTally } from '@roleforge/domain';
import { latencyCounts, type Tallies } from '@roleforge/queue';
import type { Intake } from '../intake.ts';

const TELL_EVERY_MS = 1_000;

export type AcceptTimes = {
  /** The intake, whose accepted creations are counted from now on, with how long each waited for its commit. */
  timed<I extends Pick<Intake, 'accept'>>(intake: I): I;
  stop(): void;
};

/** Tells all processes once a second how long this one's callers waited for their commits; nothing where there were none. */
export function startAcceptTimes(tallies: Pick<Tallies, 'note'>, everyMs = TELL_EVERY_MS): AcceptTimes {
  let counted: LatencyTally | null = null;
  const timer = setInterval(() => {
    if (counted === null) return;
    const counts = latencyCounts('accept', counted);
    counted = null;
    // What Redis is not told is not told later: it would not be of then.
    tallies.note(counts).catch(() => {});
  }, everyMs);
  timer.unref();
  return {
    timed: intake => ({
      ...intake,
      async accept(submission, bytes) {
        const startedAt = performance.now();
        const acceptance = await intake.accept(submission, bytes);
        if (acceptance.kind !== 'accepted') return acceptance;
        const index = latencyIndex(performance.now() - startedAt);
        counted ??= newLatencyTally();
        counted[index] = (counted[index] ?? 0) + submission.creations.length;
        return acceptance;
      },
    }),
    stop: () => clearInterval(timer),
  };
}
