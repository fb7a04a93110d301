import { type CreationId, type InlineSources, Strategy, type TenantId } from '@roleforge/contracts';
import {
  attemptStarted,
  type Draft,
  draftFailures,
  failuresIn,
  type Gathered,
  isTerminal,
  stateAfter,
  statesAllowing,
  type TakeResult,
  waitedSince,
  wasPutOff,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { type CreationRow, parse, regenerationOf } from './creation-rows.ts';
import { concedeForLost, lapse, releaseForLost } from './settle-creations.ts';
import { SYSTEM_NOT_PAUSED, systemPausedSince } from './system-switches.ts';
import { rowsOf } from './tenant-rows.ts';

/** Lines of the attempt log that are kept: more than are shown, and more than any budget counts. */
const MOST_LINES = 300;

/**
 * Takes a creation for a new attempt. `LAST_INSERT_ID(x)` hands the new epoch back with the answer, so that no later taker's can
 * be mistaken for it. One whose deadline has passed is not begun; one that was begun before is, and expires in its worker's hand.
 */
const TAKE = `UPDATE role_creations
  SET attempt_log = CONCAT(SUBSTRING_INDEX(COALESCE(attempt_log, ''), '\\n', -${MOST_LINES}), ?), attempts = attempts + 1,
      attempt_epoch = LAST_INSERT_ID(attempt_epoch + 1), retry_at = NULL, started_at = COALESCE(started_at, ?), status = ?,
      step = CASE WHEN draft IS NOT NULL THEN 'saving' WHEN gathered IS NOT NULL THEN 'writing' ELSE 'gathering' END
  WHERE tenant_id = ? AND id = ? AND status IN (?) AND (attempts > 0 OR deadline_at IS NULL OR deadline_at > ?)
    AND NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = role_creations.tenant_id AND (paused_at IS NOT NULL OR tenants.status <> 'active'))
    AND ${SYSTEM_NOT_PAUSED}`;

type TakenRow = Pick<
  CreationRow,
  | 'task_id'
  | 'role_id'
  | 'strategy_id'
  | 'priority'
  | 'status'
  | 'attempts'
  | 'created_at'
  | 'run_at'
  | 'deadline_at'
  | 'base_version'
  | 'sections'
> & {
  attempt_log: string | null;
  inline_sources: string | null;
  gathered: string | null;
  draft: string | null;
};

const TAKEN_COLUMNS: (keyof TakenRow)[] = [
  'task_id',
  'role_id',
  'strategy_id',
  'priority',
  'status',
  'attempts',
  'created_at',
  'run_at',
  'attempt_log',
  'deadline_at',
  'inline_sources',
  'base_version',
  'sections',
  'gathered',
  'draft',
];

/** See `AttemptLedger.take`. */
export async function takeCreation(knex: Knex, tenantId: TenantId, id: CreationId, now: Date): Promise<TakeResult> {
  const [{ affectedRows, insertId }] = await knex.raw(TAKE, [
    attemptStarted(now),
    now,
    stateAfter('take'),
    tenantId,
    id,
    statesAllowing('take'),
    now,
  ]);
  const row: TakenRow | undefined = await rowsOf(knex, tenantId, 'role_creations')
    .select(TAKEN_COLUMNS)
    .where({ id })
    .first();
  if (row === undefined) return { kind: 'unknown' };
  if (affectedRows === 0) return refusal(knex, tenantId, id, row, now);
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
      failures: failuresIn(row.attempt_log),
      generation: draftFailures(row.attempt_log),
      deadlineAt: row.deadline_at,
      inlineSources: parse<InlineSources>(row.inline_sources),
      regenerate: regenerationOf(row),
      putOff: wasPutOff(row.attempt_log),
      waitedSince: waitedSince(row.attempt_log, { createdAt: row.created_at, runAt: row.run_at }),
      checkpoint: { gathered: gatheredOf(row.gathered), draft: parse<Draft>(row.draft) },
    },
  };
}

/** What was gathered by an earlier release may lack what strategies have gained since: it is as if it had not been said. */
function gatheredOf(text: string | null): Gathered | null {
  const gathered = parse<Gathered>(text);
  return gathered === null ? null : { ...gathered, strategy: Strategy.parse(gathered.strategy) };
}

/** Why it was not taken; what the job's coming up has decided is noted down. */
async function refusal(
  knex: Knex,
  tenantId: TenantId,
  id: CreationId,
  { status, deadline_at: deadlineAt }: TakenRow,
  now: Date,
): Promise<TakeResult> {
  if (isTerminal(status)) return { kind: 'ended' };
  // The job would not have come up while the worker that was to answer had its hold on it.
  if (status === 'cancelling')
    return (await concedeForLost(knex, [{ tenantId, id }], now)) > 0 ? { kind: 'endedByTaking' } : { kind: 'ended' };
  const overdue = deadlineAt !== null && deadlineAt <= now;
  if (overdue && (await lapse(knex, [{ tenantId, id }], now)) > 0) return { kind: 'endedByTaking' };
  // Left by a worker that is gone, and its tenant, or all, are stopped: it waits like the others.
  if (status === 'running') await releaseForLost(knex, [{ tenantId, id }]);
  // It stays on the queue; what its tenant may not begin besides is put aside when it comes up again.
  if (status !== 'held' && (await systemPausedSince(knex)) !== null) return { kind: 'systemPaused' };
  return { kind: 'unavailable', status };
}
