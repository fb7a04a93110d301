import type { CreationStep } from '@roleforge/contracts';
import type { AttemptEnd, AttemptOrder, TakenCreation } from '@roleforge/domain';
import type { AbortReason } from '@roleforge/queue';

/** Why an attempt has to stop before it is done. */
export type StopCause = AbortReason | 'deadline' | 'cancelled' | 'superseded';

const CAUSES = { cancel: 'cancelled', letGo: 'superseded' } as const satisfies Record<AttemptOrder['order'], StopCause>;

/** A creation in this worker's hand: what bounds the work on it, and how far that has come. */
export type AttemptInHand = {
  readonly creation: TakenCreation;
  readonly takenAt: Date;
  /** Aborted when the attempt has to stop, for whatever cause. */
  readonly signal: AbortSignal;
  /** Which one it was; null while the attempt may go on. */
  stopCause(): StopCause | null;
  /** Carries out what the ledger says. */
  obey(order: AttemptOrder['order']): void;
  /** The step that it is at. */
  step: CreationStep;
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
    takenAt: now,
    signal: AbortSignal.any([job, orders.signal, ...(deadline === null ? [] : [deadline])]),
    stopCause() {
      if (orders.signal.aborted) return orders.signal.reason as StopCause;
      if (job.aborted) return job.reason as AbortReason;
      return deadline?.aborted || (deadlineAt !== null && Date.now() >= deadlineAt.getTime()) ? 'deadline' : null;
    },
    obey: order => orders.abort(CAUSES[order]),
    step: checkpoint.draft !== null ? 'saving' : checkpoint.gathered !== null ? 'writing' : 'gathering',
    end: () => ({ step: attempt.step }),
  };
  return attempt;
}
