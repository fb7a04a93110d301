import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CreationFailure } from './failures.ts';
import { decideRetry, RETRY_BUDGETS } from './retry-decision.ts';

const fault = new CreationFailure('provider_unavailable', 'The provider answered 500.');
const limit = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 7_000 });

describe('the retry decision', () => {
  test('waits at most twice as long after each attempt, up to the cap', () => {
    const ceilings = [1, 2, 3, 4].map(attempts => decideRetry(fault, { attempts, limited: 0 }, 0.999_999));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000].map(afterMs => ({ kind: 'retry', afterMs })));
  });

  test('may retry at once: the jitter is full', () => {
    expect(decideRetry(fault, { attempts: 3, limited: 0 }, 0)).toEqual({ kind: 'retry', afterMs: 0 });
  });

  test('ends when the budget is used up', () => {
    expect(decideRetry(fault, { attempts: RETRY_BUDGETS.fault.attempts, limited: 0 }, 0.5)).toEqual({ kind: 'fail' });
  });

  test('never retries what cannot get better', () => {
    const missing = new CreationFailure('base_info_missing', 'The task has no base info.');
    expect(decideRetry(missing, { attempts: 1, limited: 0 }, 0.5)).toEqual({ kind: 'fail' });
  });

  test('keeps the time that a provider asked for, and is more patient with limits than with faults', () => {
    expect(decideRetry(limit, { attempts: 1, limited: 0 }, 0)).toEqual({ kind: 'retry', afterMs: 7_000 });
    expect(decideRetry(limit, { attempts: 10, limited: RETRY_BUDGETS.fault.attempts }, 0).kind).toBe('retry');
  });

  test('waiting for a limit uses up nothing of the patience with faults', () => {
    expect(decideRetry(fault, { attempts: 6, limited: 5 }, 0.5)).toEqual({ kind: 'retry', afterMs: 500 });
  });

  test('keeps no time that is beyond reason', () => {
    const absurd = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 1e17 });
    expect(decideRetry(absurd, { attempts: 1, limited: 0 }, 0)).toEqual({ kind: 'retry', afterMs: 3_600_000 });
  });

  test('never waits longer than the cap on top of what was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          for (const failure of [fault, limit]) {
            const decision = decideRetry(failure, { attempts, limited: 0 }, random);
            if (decision.kind === 'retry')
              expect(decision.afterMs).toBeLessThanOrEqual(RETRY_BUDGETS.limit.capMs + (failure.retryAfterMs ?? 0));
          }
        },
      ),
    );
  });
});
