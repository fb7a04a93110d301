import type { CreationStep, Usage } from '@roleforge/contracts';
import {
  type AttemptEnd,
  type AttemptOrder,
  CreationFailure,
  ProviderBusy,
  type TakenCreation,
} from '@roleforge/domain';
import type { AbortReason } from '@roleforge/queue';

/** Why an attempt has to stop before it is done. */
export type StopCause = AbortReason | 'deadline' | 'cancelled' | 'superseded';

const CAUSES = { cancel: 'cancelled', letGo: 'superseded' } as const satisfies Record<AttemptOrder['order'], StopCause>;

/** A creation in this worker's hand: what bounds the work on it, and how far that has come. */
export type AttemptInHand = {
  readonly creation: TakenCreation;
  /** Aborted when the attempt has to stop, for whatever cause. */
  readonly signal: AbortSignal;
  /** Which one it was; null while the attempt may go on. */
  stopCause(): StopCause | null;
  /** Carries out what the ledger says. */
  obey(order: AttemptOrder['order']): void;
  /** The step that it is at. */
  step: CreationStep;
  /** What it has spent that is not in the ledger yet. */
  usage: Usage | undefined;
  /** How it stands, for the last note about it. */
  end(): AttemptEnd;
};

/** @param job the signal of the attempt's job, whose reason is an AbortReason */
export function attemptInHand(creation: TakenCreation, job: AbortSignal, now: Date): AttemptInHand {
  const { deadlineAt, checkpoint } = creation;
  const deadline = deadlineAt === null ? null : AbortSignal.timeout(Math.max(0, deadlineAt.getTime() - now.getTime()));
  const orders = new AbortController();
  const attempt: AttemptInHand = {
    creation,
    signal: AbortSignal.any([job, orders.signal, ...(deadline === null ? [] : [deadline])]),
    stopCause() {
      if (orders.signal.aborted) return orders.signal.reason as StopCause;
      if (job.aborted) return job.reason as AbortReason;
      return deadline?.aborted || (deadlineAt !== null && Date.now() >= deadlineAt.getTime()) ? 'deadline' : null;
    },
    obey: order => orders.abort(CAUSES[order]),
    step: checkpoint.draft !== null ? 'saving' : checkpoint.gathered !== null ? 'writing' : 'gathering',
    usage: undefined,
    end: () => ({ step: attempt.step, usage: attempt.usage }),
  };
  return attempt;
}

/** A call that was broken off has been made all the same; what it used the provider has not said. */
const BROKEN_OFF: Usage = { calls: 1, inputTokens: 0, outputTokens: 0, costUsd: 0 };

/** Bounds one call of the model: a call that overruns is the provider's fault, not the creation's end. */
export async function withinAiTimeout<T>(
  attempt: AttemptInHand,
  aiTimeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  attempt.signal.throwIfAborted();
  const timeout = AbortSignal.timeout(aiTimeoutMs);
  try {
    return await call(AbortSignal.any([attempt.signal, timeout]));
  } catch (error) {
    attempt.usage = error instanceof CreationFailure || error instanceof ProviderBusy ? error.usage : BROKEN_OFF;
    if (timeout.aborted && attempt.stopCause() === null)
      throw new CreationFailure('provider_timeout', `The model did not answer within ${aiTimeoutMs / 1000} s.`, {
        cause: error,
      });
    throw error;
  }
}
