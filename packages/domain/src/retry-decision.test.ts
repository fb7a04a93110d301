import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CreationFailure } from './failures.ts';
import { decideRetry, RETRY_BUDGETS } from './retry-decision.ts';

const fault = new CreationFailure('provider_unavailable', 'The provider answered 500.');
const limit = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 7_000 });

describe('the retry decision', () => {
  test('waits at most twice as long after each attempt, up to the cap', () => {
    const ceilings = [1, 2, 3, 4].map(attempts => decideRetry(fault, attempts, 0.999_999));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000].map(afterMs => ({ kind: 'retry', afterMs })));
  });

  test('may retry at once: the jitter is full', () => {
    expect(decideRetry(fault, 3, 0)).toEqual({ kind: 'retry', afterMs: 0 });
  });

  test('ends when the budget is used up', () => {
    expect(decideRetry(fault, RETRY_BUDGETS.fault.attempts, 0.5)).toEqual({ kind: 'fail' });
  });

  test('never retries what cannot get better', () => {
    const missing = new CreationFailure('base_info_missing', 'The task has no base info.');
    expect(decideRetry(missing, 1, 0.5)).toEqual({ kind: 'fail' });
  });

  test('keeps the time that a provider asked for, and is more patient with limits than with faults', () => {
    expect(decideRetry(limit, 1, 0)).toEqual({ kind: 'retry', afterMs: 7_000 });
    expect(decideRetry(limit, RETRY_BUDGETS.fault.attempts, 0).kind).toBe('retry');
  });

  test('never waits longer than the cap on top of what was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          for (const failure of [fault, limit]) {
            const decision = decideRetry(failure, attempts, random);
            if (decision.kind === 'retry')
              expect(decision.afterMs).toBeLessThanOrEqual(RETRY_BUDGETS.limit.capMs + (failure.retryAfterMs ?? 0));
          }
        },
      ),
    );
  });
});
