import type { FailureCode } from '@roleforge/contracts';
import type { CreationFailure } from './failures.ts';

/** How patiently a kind of failure is retried: how many attempts it may end, the last one included. Times in milliseconds. */
export type RetryBudget = { attempts: number; baseMs: number; capMs: number };

/**
 * A budget for each of those who can be at fault, so that waiting for one does not use up the patience with another.
 *
 * - `service`: our own infrastructure. It comes back, and an attempt costs nothing: some three minutes on the average.
 * - `limit`: an AI provider's limits pass by themselves, and are waited out for most of an hour and more.
 * - `provider`: its faults. An attempt may cost money: some two minutes.
 * - `draft`: an answer that is no use, also after the model was shown what was wrong with it. Waiting does not mend it, and all
 *   answers are kept: another attempt would find the same ones. New ones are asked for when its owner begins it again.
 */
export const RETRY_BUDGETS = {
  service: { attempts: 12, baseMs: 1_000, capMs: 60_000 },
  limit: { attempts: 40, baseMs: 2_000, capMs: 120_000 },
  provider: { attempts: 10, baseMs: 1_000, capMs: 60_000 },
  draft: { attempts: 1, baseMs: 1_000, capMs: 10_000 },
} as const satisfies Record<string, RetryBudget>;

export type RetryBudgetName = keyof typeof RETRY_BUDGETS;

/** How many attempts each kind of failure has ended so far. An attempt that was lost with its worker is nobody's failure. */
export type FailureCounts = Record<RetryBudgetName, number>;

export const NO_FAILURES: FailureCounts = { service: 0, limit: 0, provider: 0, draft: 0 };

export type RetryDecision = { kind: 'retry'; afterMs: number } | { kind: 'fail' };

/** However long a provider asks to be left alone, it is asked again after this, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * A creation that was taken up this often, whatever became of the attempts, is not taken up again: one that kills its worker
 * every time would otherwise go on for ever.
 */
export const MOST_STARTS = 50;

/**
 * Whether a failed attempt is followed by another, and after how long.
 *
 * Exponential backoff with full jitter: a time drawn evenly from 0 to min(cap, base · 2^(n−1)), which spreads the
 * retries after an outage better than a fixed share does (Brooker, "Exponential Backoff And Jitter", AWS, 2015).
 * Where the other side named a time (`Retry-After`), that time is kept, and the jitter comes on top.
 *
 * @param before   the failures of earlier attempts
 * @param random   in [0, 1)
 */
export function decideRetry(
  failure: Pick<CreationFailure, 'code' | 'retryable' | 'retryAfterMs' | 'final'>,
  before: FailureCounts,
  random: number,
  budgets: Record<RetryBudgetName, RetryBudget> = RETRY_BUDGETS,
): RetryDecision {
  const name = budgetOf(failure.code);
  const { attempts, baseMs, capMs } = budgets[name];
  const used = before[name] + 1;
  if (!failure.retryable || failure.final || used >= attempts) return { kind: 'fail' };
  const ceiling = Math.min(capMs, baseMs * 2 ** (used - 1));
  const asked = Math.min(failure.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return { kind: 'retry', afterMs: Math.round(asked + random * ceiling) };
}

/** Whose patience a failure uses up. */
export function budgetOf(code: FailureCode): RetryBudgetName {
  switch (code) {
    case 'provider_limited':
      return 'limit';
    case 'draft_truncated':
    case 'draft_invalid':
      return 'draft';
    case 'breaker_open':
    case 'provider_unavailable':
    case 'provider_timeout':
    case 'provider_denied':
    case 'content_filtered':
    case 'answer_too_large':
      return 'provider';
    default:
      return 'service';
  }
}
