/** How fast tokens may be taken: so many a second on average, and so many at once. */
export type BucketRate = { perSecond: number; burst: number };

/**
 * A token bucket at a moment: how many tokens were taken and have not flowed back yet. Kept as what is owed, not as what is left, so
 * that it stays right when its rate is changed, and when several who share it have taken more than there was.
 */
export type Bucket = {
  owed: number;
  /** Milliseconds, on a clock that does not go back. */
  at: number;
};

/** What became of a wish to take tokens. */
export type Taken = {
  allowed: boolean;
  /** The bucket after it: as it was where the wish was refused. */
  bucket: Bucket;
  /** Whole tokens that could be taken at once now. */
  left: number;
  /** How long until the wish would be granted if nobody takes anything: 0 where it was, infinite where it never will be. */
  retryAfterMs: number;
  /** How long until the bucket is full again. */
  resetMs: number;
};

/** Sums of fractions are a little off; nobody is refused for that. */
const INEXACT = 1e-6;

/** A bucket of which nothing has been taken. */
export const FULL_BUCKET: Bucket = { owed: 0, at: 0 };

/** The rate that limits come to; null where they limit none. The burst is what comes in a second where it is not said. */
export function bucketRate(limits: {
  requestsPerSecond?: number | undefined;
  burst?: number | undefined;
}): BucketRate | null {
  const { requestsPerSecond: perSecond, burst } = limits;
  return perSecond === undefined ? null : { perSecond, burst: burst ?? Math.ceil(perSecond) };
}

/** How many tokens are owed at a time: they flow back at the bucket's rate. */
export function owedAt({ owed, at }: Bucket, { perSecond }: BucketRate, now: number): number {
  return Math.max(0, owed - (Math.max(0, now - at) * perSecond) / 1_000);
}

/** Takes `n` tokens if there are so many, all of them or none. */
export function takeTokens(bucket: Bucket, rate: BucketRate, now: number, n = 1): Taken {
  const before = owedAt(bucket, rate, now);
  const lacking = before + n - rate.burst;
  const allowed = lacking <= INEXACT;
  const owed = allowed ? before + n : before;
  return {
    allowed,
    bucket: allowed ? { owed, at: Math.max(now, bucket.at) } : bucket,
    left: Math.max(0, Math.floor(rate.burst - owed + INEXACT)),
    retryAfterMs: allowed ? 0 : n > rate.burst ? Number.POSITIVE_INFINITY : Math.ceil(flowMs(lacking, rate)),
    resetMs: Math.ceil(flowMs(owed, rate)),
  };
}

/** Adds what others have taken of the same bucket: it may come to owe more than it holds. */
export function takenByOthers(bucket: Bucket, rate: BucketRate, now: number, tokens: number): Bucket {
  return { owed: owedAt(bucket, rate, now) + tokens, at: Math.max(now, bucket.at) };
}

/** How long it takes for so many tokens to flow back, in milliseconds. */
export function flowMs(tokens: number, { perSecond }: BucketRate): number {
  return (tokens / perSecond) * 1_000;
}
