import type { CreationStatus, Degradation } from '@roleforge/contracts';
import {
  type Attempt,
  type AttemptEnd,
  type AttemptLedger,
  type AttemptOrder,
  type AttemptOutcome,
  AttemptSuperseded,
  attemptEnded,
  CreationFailure,
  stateAfter,
  statesAllowing,
  type Transition,
  withoutPutOff,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { amongCreations } from './creation-keys.ts';
import { findCreation } from './creation-reads.ts';
import { addLine } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { recordEnds } from './outbox.ts';
import { addRoleVersion } from './role-versions.ts';
import { takeCreation } from './take-creation.ts';
import { rowsOf, rowsOfAll } from './tenant-rows.ts';

type Changes = Record<string, unknown>;

/** A worker's side of the ledger, on MySQL. */
export function createAttemptLedger(database: Database, clock: () => Date = () => new Date()): AttemptLedger {
  const { knex } = database;

  /** An attempt's last write: a transition, with its line in the log. */
  function end(
    on: Knex,
    attempt: Attempt,
    [transition, outcome]: [Transition, AttemptOutcome],
    { step }: AttemptEnd,
    changes: Changes = {},
    { failure, retryAt }: { failure?: CreationFailure; retryAt?: Date } = {},
  ): Promise<number> {
    const error = failure?.toJSON();
    return fenced(on, attempt, statesAllowing(transition), {
      // Before `pause_requested`, on which it may depend: MySQL assigns from left to right.
      status: stateAfter(transition),
      step: null,
      pause_requested: 0,
      attempt_log: addLine(on, attemptEnded(clock(), outcome, { step, error, retryAt })),
      ...(error === undefined ? {} : { error: JSON.stringify(error) }),
      ...(retryAt === undefined ? {} : { retry_at: retryAt }),
      ...changes,
    });
  }

  /** The last write of the last attempt, with the messages that tell of it. */
  function endForGood(
    ...[attempt, ...rest]: Parameters<typeof end> extends [Knex, ...infer Rest] ? Rest : never
  ): Promise<void> {
    return answered(database, () =>
      knex.transaction(async trx => {
        await end(trx, attempt, ...rest);
        await tell(trx, attempt);
      }),
    );
  }

  const tell = (trx: Knex, { tenantId, creationId }: Attempt) =>
    recordEnds(trx, [{ tenantId, id: creationId }], clock());

  /** Back to wait; but held where its owner has asked for that meanwhile, which the statement's answer tells. */
  const backTo = (transition: Transition) =>
    knex.raw('IF(LAST_INSERT_ID(pause_requested) = 1, ?, ?)', [stateAfter('hold'), stateAfter(transition)]);
  const wasPaused = async (pauseRequested: Promise<number>) => ((await pauseRequested) === 1 ? 'held' : 'queued');

  return {
    take: (tenantId, id) => answered(database, () => takeCreation(knex, tenantId, id, clock())),

    gatheredInVain: (attempt, outcomes) =>
      answered(database, () => note(knex, attempt, { source_outcomes: JSON.stringify(outcomes) })),

    gathered: (attempt, gathered, outcomes, degraded) =>
      answered(database, () =>
        note(knex, attempt, {
          step: 'writing',
          source_outcomes: JSON.stringify(outcomes),
          degraded: degraded.length === 0 ? null : JSON.stringify(degraded),
          gathered: JSON.stringify(gathered),
        }),
      ),

    written: async (attempt, draft) => {
      // An answer that has been paid for is kept though its owner has asked for the creation to be cancelled meanwhile.
      const states = ['running', 'cancelling'];
      await answered(database, () =>
        fenced(knex, attempt, states, {
          attempt_epoch: attempt.epoch,
          // Before the draft, since MySQL assigns from left to right: a write that is repeated, its answer lost, adds nothing.
          ...alsoDegraded(knex, draft.degraded),
          step: 'saving',
          draft: JSON.stringify(draft),
        }),
      );
    },

    holdIfAsked: async (attempt, { step }) => {
      const ifAsked = (then: string, otherwise: string) =>
        knex.raw(`IF(pause_requested = 1, ${then}, ${otherwise})`, []);
      const line = attemptEnded(clock(), 'held', { step });
      const pauseRequested = await answered(database, () =>
        fenced(knex, attempt, statesAllowing('hold'), {
          attempts: knex.raw('attempts - LAST_INSERT_ID(pause_requested)'),
          status: knex.raw('IF(pause_requested = 1, ?, status)', [stateAfter('hold')]),
          step: ifAsked('NULL', 'step'),
          attempt_log: knex.raw("IF(pause_requested = 1, CONCAT(COALESCE(attempt_log, ''), ?), attempt_log)", [line]),
          pause_requested: 0,
        }),
      );
      return pauseRequested === 1;
    },

    succeed: (attempt, role) =>
      answered(database, () =>
        knex.transaction(async trx => {
          await note(trx, attempt, {});
          const version = await addRoleVersion(trx, attempt.creationId, role, clock());
          await end(
            trx,
            attempt,
            ['succeed', 'succeeded'],
            { step: 'saving' },
            { finished_at: clock(), role_version: version, error: null, gathered: null, draft: null },
          );
          await tell(trx, attempt);
          return version;
        }),
      ),

    retry: (attempt, at, failure, retryAt) => {
      const changes = { status: backTo('retry') };
      return answered(database, () =>
        wasPaused(end(knex, attempt, ['retry', 'retried'], at, changes, { failure, retryAt })),
      );
    },

    release: (attempt, at) => {
      const changes = { status: backTo('release'), attempts: knex.raw('attempts - 1') };
      return answered(database, () => wasPaused(end(knex, attempt, ['release', 'released'], at, changes)));
    },

    putOff: (attempt, { reason, until, message }) =>
      answered(database, async () => {
        // Nobody else writes to the log of a running attempt, and the fence below sees whether it still is one.
        const row = await fencedRow(knex, attempt, statesAllowing('release')).first('attempt_log');
        return wasPaused(
          fenced(knex, attempt, statesAllowing('release'), {
            status: backTo('release'),
            step: null,
            pause_requested: 0,
            attempts: knex.raw('attempts - 1'),
            attempt_log: withoutPutOff(row?.attempt_log ?? null),
            error: JSON.stringify(new CreationFailure(reason, message)),
            retry_at: until,
          }),
        );
      }),

    fail: (attempt, at, failure) => endForGood(attempt, ['fail', 'failed'], at, { finished_at: clock() }, { failure }),

    expire: (attempt, at, failure) =>
      endForGood(attempt, ['expire', 'expired'], at, { finished_at: clock() }, { failure }),

    concede: (attempt, at) =>
      endForGood(attempt, ['concede', 'cancelled'], at, { finished_at: clock(), cancelled_step: at.step }),

    orders: attempts => answered(database, () => ordersTo(knex, attempts)),

    read: (tenantId, id) => findCreation(database, tenantId, id),
  };
}

type OrderRow = { id: Attempt['creationId']; status: CreationStatus; attempt_epoch: number };

/** One read for all attempts that a worker has in hand. */
async function ordersTo(knex: Knex, attempts: readonly Attempt[]): Promise<AttemptOrder[]> {
  if (attempts.length === 0) return [];
  const rows: OrderRow[] = await amongCreations(
    rowsOfAll(knex, 'role_creations').select('id', 'status', 'attempt_epoch'),
    attempts.map(({ tenantId, creationId }) => ({ tenantId, id: creationId })),
  );
  const found = new Map(rows.map(row => [row.id, row]));
  return attempts.flatMap(({ creationId, epoch }) => {
    const row = found.get(creationId);
    const owned = row?.attempt_epoch === epoch;
    if (owned && row.status === 'running') return [];
    return [{ creationId, epoch, order: owned && row.status === 'cancelling' ? 'cancel' : 'letGo' } as const];
  });
}

/** Writes something down about a running creation, if the attempt still owns it. */
async function note(on: Knex, attempt: Attempt, changes: Changes): Promise<void> {
  await fenced(on, attempt, ['running'], { attempt_epoch: attempt.epoch, ...changes });
}

/** Writes, if the attempt still owns the creation. Returns what the changes hand to `LAST_INSERT_ID(x)`, 0 where they do not. */
async function fenced(on: Knex, attempt: Attempt, states: string[], changes: Changes): Promise<number> {
  const { sql, bindings } = fencedRow(on, attempt, states).update(changes).toSQL().toNative();
  const [{ affectedRows, insertId }] = await on.raw(sql, [...bindings]);
  if (affectedRows === 0)
    throw new AttemptSuperseded(`Attempt ${attempt.epoch} at ${attempt.creationId} no longer owns it.`);
  return insertId;
}

function fencedRow(on: Knex, { tenantId, creationId, epoch }: Attempt, states: string[]): Knex.QueryBuilder {
  return rowsOf(on, tenantId, 'role_creations')
    .where({ id: creationId, attempt_epoch: epoch })
    .whereIn('status', states);
}

/** Adds to what gathering had to do without; nothing where the draft is there already. */
function alsoDegraded(on: Knex, degraded: Degradation[] | undefined): Changes {
  if (degraded === undefined || degraded.length === 0) return {};
  const merged = "IF(draft IS NULL, JSON_MERGE_PRESERVE(COALESCE(degraded, '[]'), ?), degraded)";
  return { degraded: on.raw(merged, [JSON.stringify(degraded)]) };
}
