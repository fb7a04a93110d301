import type { CreationStatus, Usage } from '@roleforge/contracts';
import {
  type Attempt,
  type AttemptEnd,
  type AttemptLedger,
  type AttemptOrder,
  type AttemptOutcome,
  AttemptSuperseded,
  attemptEnded,
  type CreationFailure,
  isLimit,
  stateAfter,
  statesAllowing,
  type Transition,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { whereAmong } from './creation-keys.ts';
import { findCreation } from './creation-reads.ts';
import { addLine } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { addRoleVersion } from './role-versions.ts';
import { takeCreation } from './take-creation.ts';

type Changes = Record<string, unknown>;

/** A worker's side of the ledger, on MySQL. */
export function createAttemptLedger(database: Database, clock: () => Date = () => new Date()): AttemptLedger {
  const { knex } = database;

  /** An attempt's last write: a transition, with its line in the log and what it spent. */
  function end(
    on: Knex,
    attempt: Attempt,
    [transition, outcome]: [Transition, AttemptOutcome],
    { step, usage }: AttemptEnd,
    changes: Changes = {},
    { failure, retryAt }: { failure?: CreationFailure; retryAt?: Date } = {},
  ): Promise<void> {
    const error = failure?.toJSON();
    return fenced(on, attempt, statesAllowing(transition), {
      status: stateAfter(transition),
      step: null,
      pause_requested: 0,
      attempt_log: addLine(on, attemptEnded(clock(), outcome, { step, error, retryAt })),
      ...(error === undefined ? {} : { error: JSON.stringify(error) }),
      ...(retryAt === undefined ? {} : { retry_at: retryAt }),
      ...spent(on, usage),
      ...changes,
    });
  }

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

    written: (attempt, draft) =>
      answered(database, () =>
        note(knex, attempt, {
          // Before the draft, since MySQL assigns from left to right: a write that is repeated, its answer lost, costs nothing.
          ...spent(knex, draft.usage, 'draft IS NULL'),
          step: 'saving',
          draft: JSON.stringify(draft),
        }),
      ),

    holdIfAsked: async (attempt, at) => {
      const asked = fencedRow(knex, attempt, statesAllowing('hold')).where('pause_requested', 1);
      const held = await answered(database, () =>
        asked.clone().update({
          status: stateAfter('hold'),
          step: null,
          pause_requested: 0,
          attempts: knex.raw('attempts - 1'),
          attempt_log: addLine(knex, attemptEnded(clock(), 'held', { step: at.step })),
        }),
      );
      return held > 0;
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
          return version;
        }),
      ),

    retry: (attempt, at, failure, retryAt) => {
      const changes = isLimit(failure) ? { limited_attempts: knex.raw('limited_attempts + 1') } : {};
      return answered(database, () => end(knex, attempt, ['retry', 'retried'], at, changes, { failure, retryAt }));
    },

    release: (attempt, at) => {
      const changes = { attempts: knex.raw('attempts - 1') };
      return answered(database, () => end(knex, attempt, ['release', 'released'], at, changes));
    },

    fail: (attempt, at, failure) =>
      answered(database, () => end(knex, attempt, ['fail', 'failed'], at, { finished_at: clock() }, { failure })),

    expire: (attempt, at, failure) =>
      answered(database, () => end(knex, attempt, ['expire', 'expired'], at, { finished_at: clock() }, { failure })),

    concede: (attempt, at) => {
      const changes = { finished_at: clock(), cancelled_step: at.step };
      return answered(database, () => end(knex, attempt, ['concede', 'cancelled'], at, changes));
    },

    orders: attempts => answered(database, () => ordersTo(knex, attempts)),

    read: (tenantId, id) => findCreation(database, tenantId, id),
  };
}

type OrderRow = { id: Attempt['creationId']; status: CreationStatus; attempt_epoch: number };

/** One read for all attempts that a worker has in hand. */
async function ordersTo(knex: Knex, attempts: readonly Attempt[]): Promise<AttemptOrder[]> {
  if (attempts.length === 0) return [];
  const rows: OrderRow[] = await whereAmong(
    knex('role_creations').select('id', 'status', 'attempt_epoch'),
    attempts.map(({ tenantId, creationId: id }) => ({ tenantId, id })),
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

async function fenced(on: Knex, attempt: Attempt, states: string[], changes: Changes): Promise<void> {
  const matched = await fencedRow(on, attempt, states).update(changes);
  if (matched === 0)
    throw new AttemptSuperseded(`Attempt ${attempt.epoch} at ${attempt.creationId} no longer owns it.`);
}

function fencedRow(on: Knex, { tenantId, creationId, epoch }: Attempt, states: string[]): Knex.QueryBuilder {
  return on('role_creations')
    .where({ tenant_id: tenantId, id: creationId, attempt_epoch: epoch })
    .whereIn('status', states);
}

function spent(on: Knex, usage: Usage | undefined, condition = 'TRUE'): Changes {
  if (usage === undefined || usage.calls === 0) return {};
  const plus = (column: string, amount: number) => on.raw(`${column} + IF(${condition}, ?, 0)`, [amount]);
  return {
    ai_calls: plus('ai_calls', usage.calls),
    input_tokens: plus('input_tokens', usage.inputTokens),
    output_tokens: plus('output_tokens', usage.outputTokens),
    cost_usd: plus('cost_usd', usage.costUsd),
  };
}
