import {
  type AttemptLedger,
  AttemptSuperseded,
  CreationFailure,
  decideRetry,
  ProviderBusy,
  StoreUnavailable,
  toCreationFailure,
} from '@roleforge/domain';
import type { JobOutcome } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import type { Announcer } from './announce.ts';
import type { AttemptInHand } from './attempt-in-hand.ts';
import type { WorkerObserver } from './observer.ts';
import { HeldByOwner } from './write-role.ts';

export type ConcludeNeeds = {
  ledger: AttemptLedger;
  announce: Announcer;
  observer: Pick<WorkerObserver, 'retried' | 'putOff'>;
  log: Logger;
  /** In [0, 1). */
  random: () => number;
  clock: () => Date;
};

/** What becomes of an attempt that ended without a role: in the ledger, for those who follow it, and for the queue. */
export async function conclude(needs: ConcludeNeeds, attempt: AttemptInHand, error: unknown): Promise<JobOutcome> {
  try {
    return await judge(needs, attempt, error);
  } catch (fault) {
    if (!(fault instanceof StoreUnavailable)) throw fault;
    // The row still says "running"; the next attempt takes it from there.
    needs.observer.putOff('store_unavailable');
    needs.log.warn('ledger unavailable, attempt put off', { error: fault });
    return { kind: 'delay', at: new Date(needs.clock().getTime() + STORE_PAUSE_MS) };
  }
}

/** How long a job is put off while MySQL is away, in milliseconds. */
export const STORE_PAUSE_MS = 2_000;

async function judge(needs: ConcludeNeeds, attempt: AttemptInHand, error: unknown): Promise<JobOutcome> {
  if (error instanceof HeldByOwner) return held(needs, attempt);
  if (error instanceof AttemptSuperseded) return superseded(needs, attempt);
  try {
    switch (attempt.stopCause()) {
      case 'lock_lost':
      case 'superseded':
      case 'cancelled':
        return await superseded(needs, attempt);
      case 'stopping':
        return await giveBack(needs, attempt);
      case 'deadline':
        return await expire(needs, attempt);
      case null:
        if (error instanceof ProviderBusy) return await putOff(needs, attempt, error);
        return await failOrRetry(needs, attempt, toCreationFailure(error));
    }
  } catch (fault) {
    if (fault instanceof AttemptSuperseded) return superseded(needs, attempt);
    throw fault;
  }
}

/**
 * The ledger does not let this attempt go on. Either its owner has asked for it to be cancelled, and it is this worker that has
 * to answer; or it belongs to another attempt, and nothing here may touch it any more.
 */
async function superseded({ ledger, announce, log }: ConcludeNeeds, attempt: AttemptInHand): Promise<JobOutcome> {
  try {
    await ledger.concede(attempt.creation, attempt.end());
  } catch (error) {
    if (!(error instanceof AttemptSuperseded)) throw error;
    log.warn('attempt superseded: another worker has this creation, or it has ended');
    return { kind: 'drop' };
  }
  await announce.end(attempt.creation);
  log.info('creation cancelled', { step: attempt.step });
  return { kind: 'done' };
}

async function held({ announce, log }: ConcludeNeeds, { creation, step }: AttemptInHand): Promise<JobOutcome> {
  await announce.state(creation, 'role_creation.held', { status: 'held' });
  log.info('creation held by its owner', { step });
  return { kind: 'park' };
}

async function giveBack(needs: ConcludeNeeds, attempt: AttemptInHand): Promise<JobOutcome> {
  const { ledger, announce, log } = needs;
  if ((await ledger.release(attempt.creation, attempt.end())) === 'held') return held(needs, attempt);
  await announce.state(attempt.creation, 'role_creation.queued', { status: 'queued' });
  log.info('creation handed back: this worker is stopping', { step: attempt.step });
  return { kind: 'giveBack' };
}

/** The provider takes no call now. Those who follow are told the first time; a creation that comes back to wait again says nothing. */
async function putOff(needs: ConcludeNeeds, attempt: AttemptInHand, busy: ProviderBusy): Promise<JobOutcome> {
  const { ledger, announce, observer, log } = needs;
  const { creation } = attempt;
  const { reason, until } = busy;
  if ((await ledger.putOff(creation, busy)) === 'held') return held(needs, attempt);
  if (!creation.putOff) await announce.state(creation, 'role_creation.queued', { status: 'queued', reason });
  observer.putOff(reason);
  log.debug('creation put off: the provider takes no call now', { reason, until });
  return { kind: 'delay', at: until };
}

async function expire({ ledger, announce, log }: ConcludeNeeds, attempt: AttemptInHand): Promise<JobOutcome> {
  const failure = new CreationFailure('deadline_exceeded', 'The deadline passed before the role was finished.');
  await ledger.expire(attempt.creation, attempt.end(), failure);
  await announce.end(attempt.creation);
  log.info('creation expired', { attempts: attempt.creation.attempts });
  return { kind: 'failed', reason: failure.code };
}

async function failOrRetry(
  needs: ConcludeNeeds,
  attempt: AttemptInHand,
  failure: CreationFailure,
): Promise<JobOutcome> {
  const { ledger, announce, observer, log, random, clock } = needs;
  const { creation } = attempt;
  const { attempts } = creation;
  const { code, owner } = failure;
  const decision = decideRetry(failure, creation.failures, random());
  const error = owner === 'service' ? failure : undefined;
  if (decision.kind === 'fail') {
    await ledger.fail(creation, attempt.end(), failure);
    await announce.end(creation);
    log.warn('creation failed', { code, owner, attempts, error });
    return { kind: 'failed', reason: code };
  }
  const { afterMs } = decision;
  const at = new Date(clock().getTime() + afterMs);
  if ((await ledger.retry(creation, attempt.end(), failure, at)) === 'held') return held(needs, attempt);
  await announce.state(creation, 'role_creation.queued', { status: 'queued' });
  observer.retried(failure);
  log.info('attempt failed, another follows', { code, owner, attempts, afterMs, error });
  return { kind: 'delay', at };
}
