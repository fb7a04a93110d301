import { attemptEnded, CreationFailure, stateAfter, statesAllowing } from '@roleforge/domain';
import type { Knex } from 'knex';
import { type CreationKey, whereAmong } from './creation-keys.ts';
import { addLine } from './creation-rows.ts';

/*
 * Changes of state that follow from the time, or from the loss of a worker, and that nobody has asked for. They are carried out
 * by whoever notices: a worker to which the job comes up, or the reconciler. Each returns how many creations it changed.
 */

/** Ends creations that wait and whose deadline has passed. */
export function lapse(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  const failure = new CreationFailure('deadline_exceeded', 'The deadline passed before it was begun.');
  return among(knex, keys)
    .whereIn('status', statesAllowing('lapse'))
    .where('deadline_at', '<=', now)
    .update({ status: stateAfter('lapse'), retry_at: null, finished_at: now, error: JSON.stringify(failure) });
}

/** Ends creations that were to be cancelled by a worker which is gone. */
export function concedeForLost(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  return among(knex, keys)
    .whereIn('status', statesAllowing('concede'))
    .update({
      attempt_log: addLine(knex, attemptEnded(now, 'cancelled')),
      cancelled_step: knex.ref('step'),
      step: null,
      finished_at: now,
      status: stateAfter('concede'),
    });
}

/** Lets creations wait their turn whose `runAt` has come. */
export function fallDue(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  return among(knex, keys)
    .whereIn('status', statesAllowing('fallDue'))
    .where('run_at', '<=', now)
    .update({ status: stateAfter('fallDue') });
}

function among(knex: Knex, keys: readonly CreationKey[]): Knex.QueryBuilder {
  return whereAmong(knex('role_creations'), keys);
}
