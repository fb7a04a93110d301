import { describe, expect, test } from '@jest/globals';
import { FAILURES, type FailureCode } from '@roleforge/contracts';
import fc from 'fast-check';
import { CreationFailure } from './failures.ts';
import { budgetOf, decideRetry, NO_FAILURES, RETRY_BUDGETS, type RetryBudgetName } from './retry-decision.ts';

const fault = new CreationFailure('provider_unavailable', 'The provider answered 500.');
const limit = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 7_000 });
const ours = new CreationFailure('store_unavailable', 'The database did not answer.');
const bad = new CreationFailure('draft_invalid', 'The draft does not fit.');

const NAMES = Object.keys(RETRY_BUDGETS) as RetryBudgetName[];
const EACH: Record<RetryBudgetName, CreationFailure> = { service: ours, limit, provider: fault, draft: bad };
const after = (counts: Partial<typeof NO_FAILURES>) => ({ ...NO_FAILURES, ...counts });

describe('the retry decision', () => {
  test('waits at most twice as long after each failure, up to the cap', () => {
    const ceilings = [0, 1, 2, 3, 7].map(provider => decideRetry(fault, after({ provider }), 0.999_999));
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 60_000].map(afterMs => ({ kind: 'retry', afterMs })));
  });

  test('may retry at once: the jitter is full', () => {
    expect(decideRetry(fault, after({ provider: 3 }), 0)).toEqual({ kind: 'retry', afterMs: 0 });
  });

  test.each(NAMES)('ends when the budget of %s is used up, and not before', name => {
    const used = RETRY_BUDGETS[name].attempts - 1;
    expect(decideRetry(EACH[name], after({ [name]: used }), 0.5)).toEqual({ kind: 'fail' });
    if (used > 0) expect(decideRetry(EACH[name], after({ [name]: used - 1 }), 0.5).kind).toBe('retry');
  });

  test('never asks again by itself for a draft that the model could not mend', () => {
    expect(decideRetry(bad, NO_FAILURES, 0)).toEqual({ kind: 'fail' });
  });

  test.each(NAMES.filter(name => name !== 'draft'))(
    'patience with %s is not used up by waiting for the others',
    name => {
      const others = Object.fromEntries(NAMES.filter(other => other !== name).map(other => [other, 1_000]));
      expect(decideRetry(EACH[name], after(others), 0).kind).toBe('retry');
    },
  );

  test('outlasts an outage of two minutes, of our own and of the provider, on the average', () => {
    for (const name of ['service', 'provider'] as const) {
      let waited = 0;
      for (let count = 0; ; count += 1) {
        const decision = decideRetry(EACH[name], after({ [name]: count }), 0.5);
        if (decision.kind === 'fail') break;
        waited += decision.afterMs;
      }
      expect(waited).toBeGreaterThan(120_000);
    }
  });

  test('never retries what is final, though another attempt might help', () => {
    const final = new CreationFailure('provider_unavailable', 'It is away.', { final: true });
    expect(final.retryable).toBe(true);
    expect(decideRetry(final, NO_FAILURES, 0)).toEqual({ kind: 'fail' });
  });

  test('never retries what cannot get better', () => {
    const missing = new CreationFailure('base_info_missing', 'The task has no base info.');
    expect(decideRetry(missing, NO_FAILURES, 0.5)).toEqual({ kind: 'fail' });
  });

  test('keeps the time that a provider asked for', () => {
    expect(decideRetry(limit, NO_FAILURES, 0)).toEqual({ kind: 'retry', afterMs: 7_000 });
  });

  test('keeps no time that is beyond reason', () => {
    const absurd = new CreationFailure('provider_limited', 'The provider answered 429.', { retryAfterMs: 1e17 });
    expect(decideRetry(absurd, NO_FAILURES, 0)).toEqual({ kind: 'retry', afterMs: 3_600_000 });
  });

  test('never waits longer than the cap on top of what was asked for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES),
        fc.nat({ max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (name, count, random) => {
          const decision = decideRetry(EACH[name], after({ [name]: count }), random);
          if (decision.kind === 'retry')
            expect(decision.afterMs).toBeLessThanOrEqual(
              RETRY_BUDGETS[name].capMs + (EACH[name].retryAfterMs ?? 0) + 1,
            );
        },
      ),
    );
  });

  test('each budget belongs to an owner: what is retried for the provider is the provider’s, and for us ours', () => {
    for (const [code, { owner, retryable }] of Object.entries(FAILURES))
      if (retryable) expect([code, budgetOf(code as FailureCode) === 'service']).toEqual([code, owner === 'service']);
  });
});
