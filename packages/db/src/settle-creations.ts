import { attemptEnded, CreationFailure, stateAfter, statesAllowing } from '@roleforge/domain';
import type { Knex } from 'knex';
import { amongCreations, type CreationKey } from './creation-keys.ts';
import { addLine } from './creation-rows.ts';
import { recordEnds } from './outbox.ts';
import { rowsOfAll } from './tenant-rows.ts';

/*
 * Changes of state that follow from the time, or from the loss of a worker, and that nobody has asked for. They are carried out
 * by whoever notices: a worker to which the job comes up, or the reconciler. Each returns how many creations it changed.
 */

/** Ends creations that wait and whose deadline has passed. */
export function lapse(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  const failure = new CreationFailure('deadline_exceeded', 'The deadline passed while it waited.');
  return endEach(knex, keys, now, rows =>
    rows
      .whereIn('status', statesAllowing('lapse'))
      .where('deadline_at', '<=', now)
      .update({ status: stateAfter('lapse'), retry_at: null, finished_at: now, error: JSON.stringify(failure) }),
  );
}

/** Ends creations that were to be cancelled by a worker which is gone. */
export function concedeForLost(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  return endEach(knex, keys, now, rows =>
    rows.whereIn('status', statesAllowing('concede')).update({
      attempt_log: addLine(knex, attemptEnded(now, 'cancelled')),
      cancelled_step: knex.ref('step'),
      step: null,
      finished_at: now,
      status: stateAfter('concede'),
    }),
  );
}

/**
 * One by one, each with the messages that tell of it in one transaction: so that those which had ended before are not told of again.
 */
async function endEach(
  knex: Knex,
  keys: readonly CreationKey[],
  now: Date,
  end: (rows: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<number> {
  let ended = 0;
  for (const key of keys)
    ended += await knex.transaction(async (trx): Promise<number> => {
      const changed: number = await end(amongCreations(rowsOfAll(trx, 'role_creations'), [key]));
      if (changed > 0) await recordEnds(trx, [key], now);
      return changed;
    });
  return ended;
}

/** Lets creations wait again that were begun by a worker which is gone, and that may not be begun anew for now. */
export function releaseForLost(knex: Knex, keys: readonly CreationKey[]): Promise<number> {
  return amongCreations(rowsOfAll(knex, 'role_creations'), keys)
    .whereIn('status', statesAllowing('release'))
    .update({ status: stateAfter('release'), step: null });
}

/** Lets creations wait their turn whose `runAt` has come. */
export function fallDue(knex: Knex, keys: readonly CreationKey[], now: Date): Promise<number> {
  return amongCreations(rowsOfAll(knex, 'role_creations'), keys)
    .whereIn('status', statesAllowing('fallDue'))
    .where('run_at', '<=', now)
    .update({ status: stateAfter('fallDue') });
}
