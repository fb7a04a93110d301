import type { Explanation, WaitReason } from '@roleforge/contracts';
import type { CreationRecord } from './creation-record.ts';
import { isTerminal } from './creation-states.ts';

/** What is known of a creation and of what is around it. */
export type WaitFacts = {
  record: Pick<
    CreationRecord,
    'id' | 'status' | 'step' | 'runAt' | 'retryAt' | 'attempts' | 'error' | 'pauseRequested'
  >;
  systemPaused: boolean;
  tenantSuspended: boolean;
  tenantPaused: boolean;
  /** Whether it waits until its tenant has fewer in hand, and why; null where it does not. */
  parked: Parked | null;
  /** Its place in the queue, 1 for the next; null where it does not wait its turn, or where Redis does not say. */
  position: number | null;
  /** Whether the queue holds its job; null where Redis does not say. */
  queued: boolean | null;
  /** How many workers there are; null where Redis does not say. */
  workers: number | null;
  now: Date;
};

/** The tenant's limits that keep a creation out of the line. */
export type Parked = {
  /** How many of its creations may run at a time; null where that limit has been lifted just now. */
  cap: number | null;
  /** Whether it has spent what it may in this month. */
  spent: boolean;
};

type Reason = Explanation['reasons'][number];

/** Why a creation is not being worked on, the most decisive reason first; or that it is, or has ended. */
export function explainWait(facts: WaitFacts): Explanation {
  const { id, status } = facts.record;
  return { id, status, reasons: reasonsOf(facts) };
}

function reasonsOf(facts: WaitFacts): Reason[] {
  const { status, step, pauseRequested } = facts.record;
  if (isTerminal(status)) return [reason('ended', `It has ended: ${status}.`)];
  if (status === 'cancelling') return [reason('cancelling', 'It is to be cancelled; its worker has still to answer.')];
  if (status === 'running')
    return [
      reason('running', `A worker has it in hand${step === null ? '' : `: ${step}`}.`),
      ...(pauseRequested ? [reason('pausing', 'It will be held when its worker comes to the end of this step.')] : []),
    ];
  return waitingReasons(facts);
}

function waitingReasons(facts: WaitFacts): Reason[] {
  const { record, systemPaused, tenantSuspended, tenantPaused, parked, position, queued, workers, now } = facts;
  const { status, runAt, retryAt, attempts, error } = record;
  const reasons: Reason[] = [];
  if (systemPaused) reasons.push(reason('system_paused', 'The operator has paused all creations, of all tenants.'));
  if (tenantSuspended) reasons.push(reason('tenant_suspended', 'The operator has suspended the tenant.'));
  if (status === 'held') reasons.push(reason('held', 'Its owner has paused it; resume it to have it go on.'));
  if (tenantPaused) reasons.push(reason('tenant_paused', 'All of the tenant’s creations are paused.'));
  if (runAt !== null && runAt > now)
    reasons.push({ ...reason('scheduled', 'It is not to be begun before its runAt.'), until: runAt.toISOString() });
  if (retryAt !== null && retryAt > now) {
    const until = retryAt.toISOString();
    const detail = { attempt: attempts + 1, ...(error === null ? {} : { error: error.code }) };
    if (error?.code === 'provider_limited')
      reasons.push({ ...reason('provider_limited', 'The AI provider takes no more calls for now.'), until, detail });
    if (error?.code === 'breaker_open')
      reasons.push({
        ...reason('breaker_open', 'The AI provider is failing, and is left alone for now.'),
        until,
        detail,
      });
    reasons.push({ ...reason('retry_wait', `Attempt ${attempts + 1} follows after a pause.`), until, detail });
  }
  if (parked !== null) reasons.push(parkedReason(parked, now));
  // What is to be waited for by itself is no matter of turns.
  if (reasons.length > 0) return reasons;
  if (workers === 0) reasons.push(reason('no_worker', 'No worker is running.'));
  if (queued === false)
    reasons.push(reason('not_queued', 'It is committed, and will be put on the queue at the next reconciliation.'));
  else if (position !== null)
    reasons.push({
      ...reason('waiting_turn', position === 1 ? 'It is the next to be begun.' : `${position - 1} are before it.`),
      detail: { position },
    });
  else if (queued === null)
    reasons.push(
      reason('queue_away', 'The queue does not answer. It is committed, and goes on when the queue is back.'),
    );
  else reasons.push(reason('waiting_turn', 'It waits its turn.'));
  return reasons;
}

function parkedReason({ cap, spent }: Parked, now: Date): Reason {
  if (spent)
    return {
      ...reason('spend_limit', 'The tenant’s calls of models have cost what they may in this month.'),
      until: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString(),
    };
  return {
    ...reason('concurrency_cap', 'As many of the tenant’s creations are in hand as may be at a time.'),
    ...(cap === null ? {} : { detail: { cap } }),
  };
}

function reason(code: WaitReason, message: string): Reason {
  return { code, message };
}
