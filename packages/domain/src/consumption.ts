/*
 * Whether a worker takes jobs, judged by what it does. That its connections answer proves nothing: the one on which it waits
 * for jobs can be dead while all others are well, and the worker then looks ready and does nothing for ever.
 */

/** What a worker knows of itself and of its queue at one moment. */
export type ConsumptionSample = {
  at: Date;
  /** How many jobs wait their turn in the queue. */
  waiting: number;
  inHand: number;
  concurrency: number;
  /** How many jobs it has taken since it started. */
  taken: number;
};

/** What is remembered from sample to sample. */
export type Consumption = {
  /** When the queue could last be looked at. */
  seenAt: Date;
  /** Since when jobs have waited while this worker had free hands and took none; null where that is not so. */
  starvingSince: Date | null;
  taken: number;
};

export type ConsumptionVerdict =
  | { kind: 'consuming' }
  /** The queue cannot be looked at. */
  | { kind: 'blind'; since: Date }
  /** Jobs wait, and it takes none. */
  | { kind: 'starving'; since: Date };

/**
 * How long either may last before the worker counts as not ready, in milliseconds. A worker that is well takes a waiting job
 * within milliseconds; a Redis that fails over, or that writes its memory to disk, can be silent for a few seconds.
 */
const PATIENCE_MS = 5_000;

/** A worker that has just started, and is given the benefit of the doubt. */
export function newConsumption(at: Date): Consumption {
  return { seenAt: at, starvingSince: null, taken: 0 };
}

/**
 * Several workers share a queue, but a job that waits beside a free hand is nobody's: the next to be free takes it. So it is
 * this worker, too, that does not take it.
 */
export function sampled(before: Consumption, sample: ConsumptionSample): Consumption {
  const { at, waiting, inHand, concurrency, taken } = sample;
  const starves = waiting > 0 && inHand < concurrency && taken === before.taken;
  return { seenAt: at, starvingSince: starves ? (before.starvingSince ?? at) : null, taken };
}

export function judgeConsumption({ seenAt, starvingSince }: Consumption, now: Date): ConsumptionVerdict {
  const longAgo = (since: Date) => now.getTime() - since.getTime() > PATIENCE_MS;
  if (longAgo(seenAt)) return { kind: 'blind', since: seenAt };
  if (starvingSince !== null && longAgo(starvingSince)) return { kind: 'starving', since: starvingSince };
  return { kind: 'consuming' };
}
