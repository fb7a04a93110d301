import type { CreationFailure } from './failures.ts';

/** How patiently a kind of fault is retried. Times in milliseconds. */
export type RetryBudget = { attempts: number; baseMs: number; capMs: number };

/** An AI provider's limits pass by themselves, so they are waited out longer than a fault. */
export const RETRY_BUDGETS = {
  fault: { attempts: 5, baseMs: 1_000, capMs: 60_000 },
  limit: { attempts: 20, baseMs: 2_000, capMs: 120_000 },
} as const satisfies Record<string, RetryBudget>;

export type RetryDecision = { kind: 'retry'; afterMs: number } | { kind: 'fail' };

type Budgets = Record<keyof typeof RETRY_BUDGETS, RetryBudget>;

/**
 * Whether a failed attempt is followed by another, and after how long.
 *
 * Exponential backoff with full jitter: a time drawn evenly from 0 to min(cap, base · 2^(n−1)), which spreads the
 * retries after an outage better than a fixed share does (Brooker, "Exponential Backoff And Jitter", AWS, 2015).
 * Where the other side named a time (`Retry-After`), that time is kept, and the jitter comes on top.
 *
 * @param attempts how many have been made, this one included
 * @param random   in [0, 1)
 */
export function decideRetry(
  failure: Pick<CreationFailure, 'code' | 'retryable' | 'retryAfterMs'>,
  attempts: number,
  random: number,
  budgets: Budgets = RETRY_BUDGETS,
): RetryDecision {
  const budget = failure.code === 'provider_limited' ? budgets.limit : budgets.fault;
  if (!failure.retryable || attempts >= budget.attempts) return { kind: 'fail' };
  const ceiling = Math.min(budget.capMs, budget.baseMs * 2 ** (attempts - 1));
  return { kind: 'retry', afterMs: Math.round((failure.retryAfterMs ?? 0) + random * ceiling) };
}
