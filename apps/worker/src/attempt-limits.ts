import { CreationFailure } from '@roleforge/domain';
import type { AbortReason } from '@roleforge/queue';

/** Why an attempt has to stop before it is done. */
export type StopCause = AbortReason | 'deadline';

/** What bounds an attempt: its job's signal and the creation's deadline. */
export type AttemptLimits = {
  /** Aborted by whichever comes first. */
  signal: AbortSignal;
  /** Which one it was; null while the attempt may go on. */
  stopCause(): StopCause | null;
};

export function limitAttempt(job: AbortSignal, deadlineAt: Date | null, now: Date): AttemptLimits {
  const deadline = deadlineAt === null ? null : AbortSignal.timeout(Math.max(0, deadlineAt.getTime() - now.getTime()));
  return {
    signal: deadline === null ? job : AbortSignal.any([job, deadline]),
    stopCause() {
      if (job.aborted) return job.reason as AbortReason;
      return deadline?.aborted || (deadlineAt !== null && Date.now() >= deadlineAt.getTime()) ? 'deadline' : null;
    },
  };
}

/** Bounds one call of the model: a call that overruns is the provider's fault, not the creation's end. */
export async function withinAiTimeout<T>(
  limits: AttemptLimits,
  aiTimeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(aiTimeoutMs);
  try {
    return await call(AbortSignal.any([limits.signal, timeout]));
  } catch (error) {
    if (timeout.aborted && limits.stopCause() === null)
      throw new CreationFailure('provider_timeout', `The model did not answer within ${aiTimeoutMs / 1000} s.`, {
        cause: error,
      });
    throw error;
  }
}
