import type { InlineSources, Usage } from '@roleforge/contracts';
import {
  type Attempt,
  type AttemptLedger,
  AttemptSuperseded,
  isLimit,
  isTerminal,
  stateAfter,
  statesAllowing,
  type Transition,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { findCreation } from './creation-reads.ts';
import { type CreationRow, parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { addRoleVersion } from './role-versions.ts';

type Changes = Record<string, unknown>;

/** A worker's side of the ledger, on MySQL. */
export function createAttemptLedger(database: Database, clock: () => Date = () => new Date()): AttemptLedger {
  const { knex } = database;
  return {
    take: (tenantId, id) =>
      answered(database, async () => {
        const [{ affectedRows, insertId }] = await knex.raw(TAKE, [clock(), tenantId, id, statesAllowing('take')]);
        const row: TakenRow | undefined = await knex('role_creations')
          .select(TAKEN_COLUMNS)
          .where({ tenant_id: tenantId, id })
          .first();
        if (row === undefined) return { kind: 'unknown' };
        if (affectedRows === 0)
          return isTerminal(row.status) ? { kind: 'ended' } : { kind: 'unavailable', status: row.status };
        return {
          kind: 'taken',
          creation: {
            tenantId,
            creationId: id,
            epoch: insertId,
            taskId: row.task_id,
            roleId: row.role_id,
            strategyId: row.strategy_id,
            priority: row.priority,
            attempts: row.attempts,
            limited: row.limited_attempts,
            deadlineAt: row.deadline_at,
            inlineSources: parse<InlineSources>(row.inline_sources),
          },
        };
      }),

    reach: (attempt, step) => answered(database, () => note(knex, attempt, { step })),

    gathered: (attempt, next, outcomes, degraded) =>
      answered(database, () =>
        note(knex, attempt, {
          step: next,
          source_outcomes: JSON.stringify(outcomes),
          degraded: degraded.length === 0 ? null : JSON.stringify(degraded),
        }),
      ),

    succeed: (attempt, role) =>
      answered(database, () =>
        knex.transaction(async trx => {
          await note(trx, attempt, {});
          const version = await addRoleVersion(trx, attempt.creationId, role, clock());
          await advance(trx, attempt, 'succeed', {
            ...ended(clock()),
            role_version: version,
            error: null,
            ...spent(trx, role.draft.usage),
          });
          return version;
        }),
      ),

    retry: (attempt, failure, at) =>
      answered(database, () =>
        advance(knex, attempt, 'retry', {
          step: null,
          retry_at: at,
          ...(isLimit(failure) ? { limited_attempts: knex.raw('limited_attempts + 1') } : {}),
          error: JSON.stringify(failure),
          ...spent(knex, failure.usage),
        }),
      ),

    release: attempt =>
      answered(database, () => advance(knex, attempt, 'release', { step: null, attempts: knex.raw('attempts - 1') })),

    fail: (attempt, failure) =>
      answered(database, () =>
        advance(knex, attempt, 'fail', {
          ...ended(clock()),
          error: JSON.stringify(failure),
          ...spent(knex, failure.usage),
        }),
      ),

    expire: (attempt, failure) =>
      answered(database, () =>
        advance(knex, attempt, 'expire', {
          ...ended(clock()),
          error: JSON.stringify(failure),
          ...spent(knex, failure.usage),
        }),
      ),

    read: (tenantId, id) => findCreation(database, tenantId, id),
  };
}

/** `LAST_INSERT_ID(x)` hands the new epoch back with the answer, so that no later taker's can be mistaken for it. */
const TAKE = `UPDATE role_creations
  SET status = 'running', step = 'gathering', attempts = attempts + 1,
      attempt_epoch = LAST_INSERT_ID(attempt_epoch + 1), retry_at = NULL, started_at = COALESCE(started_at, ?)
  WHERE tenant_id = ? AND id = ? AND status IN (?)`;

type TakenRow = Pick<
  CreationRow,
  'task_id' | 'role_id' | 'strategy_id' | 'priority' | 'status' | 'attempts' | 'deadline_at'
> & { limited_attempts: number; inline_sources: string | null };

const TAKEN_COLUMNS: (keyof TakenRow)[] = [
  'task_id',
  'role_id',
  'strategy_id',
  'priority',
  'status',
  'attempts',
  'limited_attempts',
  'deadline_at',
  'inline_sources',
];

/** Makes a transition, if the attempt still owns the creation. */
async function advance(on: Knex, attempt: Attempt, transition: Transition, changes: Changes): Promise<void> {
  await fenced(on, attempt, statesAllowing(transition), { status: stateAfter(transition), ...changes });
}

/** Writes something down about a running creation, if the attempt still owns it. */
async function note(on: Knex, attempt: Attempt, changes: Changes): Promise<void> {
  await fenced(on, attempt, ['running'], { attempt_epoch: attempt.epoch, ...changes });
}

async function fenced(on: Knex, attempt: Attempt, states: string[], changes: Changes): Promise<void> {
  const { tenantId, creationId, epoch } = attempt;
  const matched = await on('role_creations')
    .where({ tenant_id: tenantId, id: creationId, attempt_epoch: epoch })
    .whereIn('status', states)
    .update(changes);
  if (matched === 0) throw new AttemptSuperseded(`Attempt ${epoch} at ${creationId} no longer owns it.`);
}

function ended(at: Date): Changes {
  return { step: null, finished_at: at };
}

function spent(on: Knex, usage: Usage | undefined): Changes {
  if (usage === undefined || usage.calls === 0) return {};
  return {
    ai_calls: on.raw('ai_calls + ?', [usage.calls]),
    input_tokens: on.raw('input_tokens + ?', [usage.inputTokens]),
    output_tokens: on.raw('output_tokens + ?', [usage.outputTokens]),
    cost_usd: on.raw('cost_usd + ?', [usage.costUsd]),
  };
}
