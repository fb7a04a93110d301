import type { Priority } from '@roleforge/contracts';
import { deadlineOf, isToCome, restarted, stateAfter, statesAllowing, WAITING_STATES } from '@roleforge/domain';
import type { Knex } from 'knex';
import type { CreationKey } from './creation-keys.ts';
import { addLine } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { recordEnds } from './outbox.ts';
import { rowsOf } from './tenant-rows.ts';

/** What became of an owner's wish: carried out; passed on to the worker that has it in hand; or not allowed as it stands. */
export type Steered = 'done' | 'asked' | 'refused';

/** Between two looks a worker may have taken the creation or given it back; more often than this it does not happen. */
const LOOKS = 3;

/** Cancels a creation that waits; has a running one cancelled by its worker. @throws StoreUnavailable */
export async function cancelCreation(database: Database, key: CreationKey, at: Date): Promise<Steered> {
  return steered(database, key, {
    waiting: rows =>
      rows
        .whereIn('status', statesAllowing('cancel'))
        .update({ status: stateAfter('cancel'), step: null, retry_at: null, finished_at: at }),
    withWaiting: trx => recordEnds(trx, [key], at),
    running: rows =>
      rows
        .whereIn('status', statesAllowing('askToCancel'))
        .update({ status: stateAfter('askToCancel'), pause_requested: 0 }),
  });
}

/** Makes a creation wait until it is resumed: at once, or when its worker comes to the end of a step. @throws StoreUnavailable */
export async function pauseCreation(database: Database, key: CreationKey): Promise<Steered> {
  return steered(database, key, {
    waiting: rows =>
      rows.whereIn('status', statesAllowing('pause')).update({ status: stateAfter('pause'), retry_at: null }),
    running: rows => rows.whereIn('status', statesAllowing('hold')).update({ pause_requested: 1 }),
  });
}

/** Lets a held creation wait its turn again, and takes back a pause that its worker has not carried out. @throws StoreUnavailable */
export async function resumeCreation(database: Database, key: CreationKey, now: Date): Promise<Steered> {
  const { knex } = database;
  return steered(database, key, {
    waiting: rows =>
      rows.whereIn('status', statesAllowing('resume')).update({
        status: knex.raw('IF(run_at > ?, ?, ?)', [now, stateAfter('postpone'), stateAfter('resume')]),
        retry_at: null,
      }),
    running: rows => rows.where({ status: 'running', pause_requested: 1 }).update({ pause_requested: 0 }),
  });
}

/** What gathering came to. */
const GATHERED_COLUMNS = ['gathered', 'source_outcomes', 'degraded'];

/**
 * Begins a failed, cancelled or expired creation again, with its attempts and its deadline counted anew. An answer that has been
 * paid for is kept; without one the sources are gathered again, as they may have been what was wrong. False where its state
 * forbids it. @throws StoreUnavailable
 */
export async function restartCreation(database: Database, { tenantId, id }: CreationKey, now: Date): Promise<boolean> {
  const { knex } = database;
  return answered(database, async () => {
    const row = await rowsOf(knex, tenantId, 'role_creations')
      .select('run_at', 'deadline_seconds')
      .where({ id })
      .first();
    if (row === undefined) return false;
    const matched = await rowsOf(knex, tenantId, 'role_creations')
      .where({ id })
      .whereIn('status', statesAllowing('restart'))
      .update({
        status: stateAfter(isToCome(row.run_at, now) ? 'restartLater' : 'restart'),
        step: null,
        attempts: 0,
        pause_requested: 0,
        retry_at: null,
        started_at: null,
        finished_at: null,
        cancelled_step: null,
        error: null,
        attempt_log: addLine(knex, restarted(now)),
        deadline_at: deadlineOf(row.deadline_seconds, row.run_at, now),
        ...Object.fromEntries(
          GATHERED_COLUMNS.map(column => [column, knex.raw('IF(draft IS NULL, NULL, ??)', [column])]),
        ),
      });
    return matched > 0;
  });
}

/** Changes the priority of a creation that waits. False where it does not wait. @throws StoreUnavailable */
export async function changePriority(
  database: Database,
  { tenantId, id }: CreationKey,
  priority: Priority,
): Promise<boolean> {
  const { knex } = database;
  const matched = await answered(database, () =>
    rowsOf(knex, tenantId, 'role_creations')
      .where({ id })
      .whereIn('status', [...WAITING_STATES])
      .update({ priority }),
  );
  return matched > 0;
}

type Rows = Knex.QueryBuilder;
type Wish = {
  waiting(rows: Rows): Rows;
  /** What belongs into the same transaction as the change of one that waits. */
  withWaiting?(trx: Knex): Promise<void>;
  running(rows: Rows): Rows;
};

async function steered(database: Database, { tenantId, id }: CreationKey, wish: Wish): Promise<Steered> {
  const { knex } = database;
  const rows = (on: Knex) => rowsOf(on, tenantId, 'role_creations').where({ id });
  const { withWaiting } = wish;
  const change =
    withWaiting === undefined
      ? async (): Promise<number> => wish.waiting(rows(knex))
      : () =>
          knex.transaction(async (trx): Promise<number> => {
            const changed: number = await wish.waiting(rows(trx));
            if (changed > 0) await withWaiting(trx);
            return changed;
          });
  for (let look = 0; look < LOOKS; look += 1) {
    if ((await answered(database, change)) > 0) return 'done';
    if ((await answered(database, () => wish.running(rows(knex)))) > 0) return 'asked';
  }
  return 'refused';
}
