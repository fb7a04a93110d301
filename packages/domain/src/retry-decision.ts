import type { CreationFailure } from './failures.ts';

/** How patiently a kind of fault is retried. Times in milliseconds. */
export type RetryBudget = { attempts: number; baseMs: number; capMs: number };

/** An AI provider's limits pass by themselves, so they are waited out longer than a fault. */
export const RETRY_BUDGETS = {
  fault: { attempts: 5, baseMs: 1_000, capMs: 60_000 },
  limit: { attempts: 20, baseMs: 2_000, capMs: 120_000 },
} as const satisfies Record<string, RetryBudget>;

export type RetryDecision = { kind: 'retry'; afterMs: number } | { kind: 'fail' };

/** However long a provider asks to be left alone, it is asked again after this, in milliseconds. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * A creation that was taken up this often, whatever became of the attempts, is not taken up again: one that kills its worker
 * every time would otherwise go on for ever.
 */
export const MOST_STARTS = 50;

/** How many attempts there were, this one included, and how many a provider's limits ended. */
export type AttemptCounts = {
  attempts: number;
  /** Before this one. */
  limited: number;
};

type Budgets = Record<keyof typeof RETRY_BUDGETS, RetryBudget>;

/**
 * Whether a failed attempt is followed by another, and after how long.
 *
 * Exponential backoff with full jitter: a time drawn evenly from 0 to min(cap, base · 2^(n−1)), which spreads the
 * retries after an outage better than a fixed share does (Brooker, "Exponential Backoff And Jitter", AWS, 2015).
 * Where the other side named a time (`Retry-After`), that time is kept, and the jitter comes on top.
 *
 * A provider's limits and faults have budgets of their own: waiting for one does not use up the other.
 *
 * @param random   in [0, 1)
 */
export function decideRetry(
  failure: Pick<CreationFailure, 'code' | 'retryable' | 'retryAfterMs'>,
  { attempts, limited }: AttemptCounts,
  random: number,
  budgets: Budgets = RETRY_BUDGETS,
): RetryDecision {
  const byLimit = isLimit(failure);
  const budget = byLimit ? budgets.limit : budgets.fault;
  const used = byLimit ? limited + 1 : attempts - limited;
  if (!failure.retryable || used >= budget.attempts) return { kind: 'fail' };
  const ceiling = Math.min(budget.capMs, budget.baseMs * 2 ** (used - 1));
  const asked = Math.min(failure.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return { kind: 'retry', afterMs: Math.round(asked + random * ceiling) };
}

/** Whether a provider's limits ended the attempt, and not a fault. */
export function isLimit(failure: Pick<CreationFailure, 'code'>): boolean {
  return failure.code === 'provider_limited';
}
