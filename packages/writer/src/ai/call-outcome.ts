import type { CreationFailure, ModelCall } from '@roleforge/domain';
import { APICallError } from 'ai';

/** What a call of a model came to, as it is counted: `useless` where there was an answer, but no role in it. */
export type CallOutcome = 'ok' | 'rate_limited' | 'overloaded' | 'failed' | 'useless' | 'aborted';

/** Hears of a call that was made. It never throws. */
export type ModelCallObserver = (
  call: Pick<ModelCall, 'provider' | 'model' | 'ms' | 'inputTokens' | 'outputTokens' | 'costUsd'>,
  outcome: CallOutcome,
) => void;

/** @param error what the call was rejected with, of which the failure was made */
export function outcomeOfFailure({ code }: Pick<CreationFailure, 'code'>, error: unknown): CallOutcome {
  switch (code) {
    case 'provider_limited':
      return APICallError.isInstance(error) && error.statusCode === 429 ? 'rate_limited' : 'overloaded';
    case 'content_filtered':
    case 'answer_too_large':
      return 'useless';
    default:
      return 'failed';
  }
}
