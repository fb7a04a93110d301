import {
  type AttemptLedger,
  AttemptSuperseded,
  CreationFailure,
  decideRetry,
  StoreUnavailable,
  type TakenCreation,
  toCreationFailure,
} from '@roleforge/domain';
import type { JobOutcome } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import type { Announcer } from './announce.ts';
import type { AttemptLimits } from './attempt-limits.ts';

export type ConcludeNeeds = {
  ledger: AttemptLedger;
  announce: Announcer;
  log: Logger;
  /** In [0, 1). */
  random: () => number;
  clock: () => Date;
};

/** What becomes of an attempt that ended without a role: in the ledger, for those who follow it, and for the queue. */
export async function conclude(
  needs: ConcludeNeeds,
  creation: TakenCreation,
  error: unknown,
  limits: AttemptLimits,
): Promise<JobOutcome> {
  const { log } = needs;
  try {
    if (error instanceof AttemptSuperseded) return superseded(log);
    switch (limits.stopCause()) {
      case 'lock_lost':
        return superseded(log);
      case 'stopping':
        return await giveBack(needs, creation);
      case 'deadline':
        return await expire(needs, creation);
      case null:
        return await failOrRetry(needs, creation, toCreationFailure(error));
    }
  } catch (fault) {
    if (fault instanceof AttemptSuperseded) return superseded(log);
    if (!(fault instanceof StoreUnavailable)) throw fault;
    // The row still says "running"; the next attempt takes it from there.
    log.warn('ledger unavailable, attempt put off', { error: fault });
    return { kind: 'delay', at: new Date(needs.clock().getTime() + STORE_PAUSE_MS) };
  }
}

/** How long a job is put off while MySQL is away, in milliseconds. */
export const STORE_PAUSE_MS = 2_000;

function superseded(log: Logger): JobOutcome {
  log.warn('attempt superseded: another worker has this creation, or it has ended');
  return { kind: 'drop' };
}

async function giveBack({ ledger, announce, log }: ConcludeNeeds, creation: TakenCreation): Promise<JobOutcome> {
  await ledger.release(creation);
  await announce.state(creation, 'role_creation.queued', { status: 'queued' });
  log.info('creation handed back: this worker is stopping');
  return { kind: 'giveBack' };
}

async function expire({ ledger, announce, log }: ConcludeNeeds, creation: TakenCreation): Promise<JobOutcome> {
  const failure = new CreationFailure('deadline_exceeded', 'The deadline passed before the role was finished.');
  await ledger.expire(creation, failure);
  await announce.end(creation);
  log.info('creation expired', { attempts: creation.attempts });
  return { kind: 'failed', reason: failure.code };
}

async function failOrRetry(
  { ledger, announce, log, random, clock }: ConcludeNeeds,
  creation: TakenCreation,
  failure: CreationFailure,
): Promise<JobOutcome> {
  const { code, owner } = failure;
  const decision = decideRetry(failure, creation, random());
  const error = owner === 'service' ? failure : undefined;
  if (decision.kind === 'fail') {
    await ledger.fail(creation, failure);
    await announce.end(creation);
    log.warn('creation failed', { code, owner, attempts: creation.attempts, error });
    return { kind: 'failed', reason: code };
  }
  const at = new Date(clock().getTime() + decision.afterMs);
  await ledger.retry(creation, failure, at);
  await announce.state(creation, 'role_creation.queued', { status: 'queued' });
  log.info('attempt failed, another follows', {
    code,
    owner,
    attempts: creation.attempts,
    afterMs: decision.afterMs,
    error,
  });
  return { kind: 'delay', at };
}
