import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Bucket, bucketRate, FULL_BUCKET, flowMs, owedAt, takenByOthers, takeTokens } from './token-bucket.ts';

const TEN_A_SECOND = { perSecond: 10, burst: 3 };
const rates = fc.record({
  perSecond: fc.double({ min: 0.01, max: 5_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 500 }),
});
const wishes = fc.array(
  fc.record({ afterMs: fc.double({ min: 0, max: 500, noNaN: true }), n: fc.integer({ min: 1, max: 5 }) }),
  { maxLength: 80 },
);

/** What was granted of these wishes, and when. */
function granted(rate: { perSecond: number; burst: number }, wanted: { afterMs: number; n: number }[]) {
  const grants: { at: number; n: number }[] = [];
  let bucket: Bucket = FULL_BUCKET;
  let now = 0;
  for (const { afterMs, n } of wanted) {
    now += afterMs;
    const taken = takeTokens(bucket, rate, now, n);
    bucket = taken.bucket;
    if (taken.allowed) grants.push({ at: now, n });
  }
  return grants;
}

describe('a bucket', () => {
  test('gives its burst at once, then what flows back', () => {
    let bucket: Bucket = FULL_BUCKET;
    const take = (now: number) => {
      const { bucket: after, ...rest } = takeTokens(bucket, TEN_A_SECOND, now);
      bucket = after;
      return rest;
    };
    expect(take(0)).toEqual({ allowed: true, left: 2, retryAfterMs: 0, resetMs: 100 });
    expect(take(0)).toEqual({ allowed: true, left: 1, retryAfterMs: 0, resetMs: 200 });
    expect(take(0)).toEqual({ allowed: true, left: 0, retryAfterMs: 0, resetMs: 300 });
    expect(take(0)).toEqual({ allowed: false, left: 0, retryAfterMs: 100, resetMs: 300 });
    expect(take(60)).toEqual({ allowed: false, left: 0, retryAfterMs: 40, resetMs: 240 });
    expect(take(100)).toEqual({ allowed: true, left: 0, retryAfterMs: 0, resetMs: 300 });
    expect(take(1_000)).toEqual({ allowed: true, left: 2, retryAfterMs: 0, resetMs: 100 });
  });

  test('never grants what it cannot hold', () => {
    expect(takeTokens(FULL_BUCKET, TEN_A_SECOND, 0, 4)).toMatchObject({
      allowed: false,
      left: 3,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  test('that others have overdrawn is closed until that has flowed back', () => {
    const overdrawn = takenByOthers(FULL_BUCKET, TEN_A_SECOND, 0, 13);
    expect(takeTokens(overdrawn, TEN_A_SECOND, 0)).toMatchObject({ allowed: false, left: 0, retryAfterMs: 1_100 });
    expect(takeTokens(overdrawn, TEN_A_SECOND, 1_100)).toMatchObject({ allowed: true });
  });

  test('goes on with a new rate from what is owed', () => {
    const { bucket } = takeTokens(FULL_BUCKET, { perSecond: 1, burst: 100 }, 0, 100);
    expect(takeTokens(bucket, { perSecond: 1_000, burst: 100 }, 50)).toMatchObject({ allowed: true, left: 49 });
  });

  test('is of the rate that limits say, with a second’s worth at once where they do not say how many', () => {
    expect(bucketRate({})).toBeNull();
    expect(bucketRate({ burst: 5 })).toBeNull();
    expect(bucketRate({ requestsPerSecond: 0.5 })).toEqual({ perSecond: 0.5, burst: 1 });
    expect(bucketRate({ requestsPerSecond: 2.5 })).toEqual({ perSecond: 2.5, burst: 3 });
    expect(bucketRate({ requestsPerSecond: 2.5, burst: 9 })).toEqual({ perSecond: 2.5, burst: 9 });
  });

  test('gives in no stretch of time more than its burst and what flows back in it', () => {
    fc.assert(
      fc.property(rates, wishes, (rate, wanted) => {
        const grants = granted(rate, wanted);
        for (const [from, first] of grants.entries()) {
          let sum = 0;
          for (const grant of grants.slice(from)) {
            sum += grant.n;
            expect(sum).toBeLessThanOrEqual(rate.burst + ((grant.at - first.at) * rate.perSecond) / 1_000 + 1e-3);
          }
        }
      }),
    );
  });

  test('owes never less than nothing, and less as time goes by', () => {
    fc.assert(
      fc.property(rates, fc.nat(1_000), fc.nat(10_000), fc.nat(10_000), (rate, owed, a, b) => {
        const bucket = { owed, at: 0 };
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
        expect(owedAt(bucket, rate, later)).toBeLessThanOrEqual(owedAt(bucket, rate, sooner));
        expect(owedAt(bucket, rate, later)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('is left as it was by a wish that is refused, and grants it when it said it would, not a tick before', () => {
    fc.assert(
      fc.property(rates, fc.nat(1_000), fc.integer({ min: 1, max: 5 }), (rate, owed, n) => {
        const bucket = { owed, at: 0 };
        const taken = takeTokens(bucket, rate, 0, n);
        fc.pre(!taken.allowed && n <= rate.burst);
        expect(taken.bucket).toBe(bucket);
        expect(takeTokens(bucket, rate, taken.retryAfterMs, n).allowed).toBe(true);
        // What sums of fractions may be off takes a slow bucket a tenth of a millisecond.
        const before = taken.retryAfterMs - 1 - flowMs(2e-6, rate);
        expect(takeTokens(bucket, rate, before, n).allowed).toBe(false);
      }),
    );
  });

  test('says truly when it is full again and how much is left', () => {
    fc.assert(
      fc.property(rates, fc.nat(1_000), (rate, owed) => {
        const { bucket, left, resetMs } = takeTokens({ owed, at: 0 }, rate, 0);
        expect(owedAt(bucket, rate, resetMs)).toBeLessThan(1e-6);
        if (left > 0) expect(takeTokens(bucket, rate, 0, left).allowed).toBe(true);
        expect(takeTokens(bucket, rate, 0, left + 1).allowed).toBe(false);
      }),
    );
  });
});
