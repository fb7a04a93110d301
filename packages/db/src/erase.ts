import type { CreationId, CreationStatus, RoleId, TaskId, TenantId } from '@roleforge/contracts';
import { acceptedAtMs, IDEMPOTENT_CALLS, TERMINAL_STATES } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { deleteDeliveriesOf } from './delivery-upkeep.ts';
import { rowsOf } from './tenant-rows.ts';

/** What became of the wish to erase a creation. */
export type ErasedCreation = { kind: 'erased' } | { kind: 'not_ended'; status: CreationStatus } | { kind: 'unknown' };

/**
 * Erases a creation that has ended, with everything that was stored with it, and with every remembered answer to a submission that
 * holds it: all of it, or nothing. The version of a role that it made stays, and that it was accepted counts for its day. @throws StoreUnavailable
 */
export async function eraseCreation(database: Database, tenantId: TenantId, id: CreationId): Promise<ErasedCreation> {
  const batches = await batchesHolding(database, tenantId, id);
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const creation = rowsOf(trx, tenantId, 'role_creations').where({ id });
      const erased = await creation
        .clone()
        .whereIn('status', [...TERMINAL_STATES])
        .delete();
      if (erased === 0) {
        const row: { status: CreationStatus } | undefined = await creation.first('status');
        return row === undefined ? { kind: 'unknown' } : { kind: 'not_ended', status: row.status };
      }
      await rowsOf(trx, tenantId, 'model_calls').where({ creation_id: id }).delete();
      await deleteDeliveriesOf(trx, tenantId, [id]);
      const remembered = rowsOf(trx, tenantId, 'idempotency_keys');
      await remembered.clone().where('claim', id).delete();
      if (batches.length > 0)
        await remembered.clone().where('scope', IDEMPOTENT_CALLS.batch).whereIn('idempotency_key', batches).delete();
      await trx.raw(COUNT_ERASED, [tenantId, new Date(acceptedAtMs(id))]);
      return { kind: 'erased' };
    }),
  );
}

const COUNT_ERASED = `INSERT INTO erased_creations (tenant_id, accepted_at, creations) VALUES (?, ?, 1)
  ON DUPLICATE KEY UPDATE creations = creations + 1`;

/** A batch's answer may have a megabyte: so many are searched in much less than the patience. */
const SEARCHED_AT_ONCE = 50;
/** A key and the creations under it are committed together, with one time; what is further apart need not be searched. */
const TOGETHER_MS = 60_000;

/** The keys of the tenant's batches whose answers hold this creation: read before anything is locked, since it may take a while. */
async function batchesHolding(database: Database, tenantId: TenantId, id: CreationId): Promise<Buffer[]> {
  const { knex } = database;
  const creation: { created_at: Date } | undefined = await answered(database, () =>
    rowsOf(knex, tenantId, 'role_creations').where({ id }).first('created_at'),
  );
  if (creation === undefined) return [];
  const around = creation.created_at.getTime();
  const holding: Buffer[] = [];
  let after: Buffer | undefined;
  for (;;) {
    const query = rowsOf(knex, tenantId, 'idempotency_keys')
      .select('idempotency_key', knex.raw('LOCATE(?, answer) > 0 AS held', [id]))
      .where({ scope: IDEMPOTENT_CALLS.batch })
      .whereBetween('created_at', [new Date(around - TOGETHER_MS), new Date(around + TOGETHER_MS)])
      .orderBy('idempotency_key')
      .limit(SEARCHED_AT_ONCE);
    if (after !== undefined) query.where('idempotency_key', '>', after);
    const page: { idempotency_key: Buffer; held: number }[] = await answered(database, () => query);
    for (const { idempotency_key: key, held } of page) if (held === 1) holding.push(key);
    if (page.length < SEARCHED_AT_ONCE) return holding;
    after = page.at(-1)?.idempotency_key;
  }
}

/** Drafts and answers may have tens of kilobytes: so many are cleared in much less than the patience. */
const CLEARED_AT_ONCE = 200;

/**
 * Erases a role with all its versions, and before that the drafts and the model's answers that creations which have ended still keep,
 * piece by piece: a call that breaks off may have cleared some of them, and has to be repeated. The creations themselves stay. Returns the task that the
 * role was made for, whose creations may have events that tell of it; null where there is no such role. @throws StoreUnavailable
 */
export async function eraseRole(database: Database, tenantId: TenantId, id: RoleId): Promise<TaskId | null> {
  const { knex } = database;
  const role: { task_id: TaskId } | undefined = await answered(database, () =>
    rowsOf(knex, tenantId, 'roles').where({ id }).first('task_id'),
  );
  if (role === undefined) return null;
  const { task_id: taskId } = role;
  const drafted = (on: Knex) => endedCreations(on, tenantId, taskId).whereNotNull('draft');
  const clear = async (): Promise<number> => drafted(knex).orderBy('id').limit(CLEARED_AT_ONCE).update({ draft: null });
  while ((await answered(database, clear)) === CLEARED_AT_ONCE);
  for await (const ids of endedOfTask(database, tenantId, taskId, CLEARED_AT_ONCE))
    await answered(database, () => clearAnswers(knex, tenantId, ids));
  const erased = await answered(database, () =>
    knex.transaction(async (trx): Promise<number> => {
      // Creations first and then the role, in the order in which an attempt that succeeds locks them: those that ended meanwhile.
      await drafted(trx).update({ draft: null });
      await trx.raw(CLEAR_ANSWERS_OF_TASK, [tenantId, taskId, [...TERMINAL_STATES]]);
      return rowsOf(trx, tenantId, 'roles').where({ id }).delete();
    }),
  );
  return erased === 0 ? null : taskId;
}

/** Clears what the model answered for these creations; what it cost stays. */
async function clearAnswers(knex: Knex, tenantId: TenantId, ids: CreationId[]): Promise<void> {
  const calls = rowsOf(knex, tenantId, 'model_calls').whereIn('creation_id', ids);
  await calls.whereNotNull('answer').update({ answer: null });
}

/** As a join, which is read from the creations of the task; by a subquery MariaDB would look at every call of the tenant. */
const CLEAR_ANSWERS_OF_TASK = `UPDATE role_creations AS c
  JOIN model_calls AS m ON m.tenant_id = c.tenant_id AND m.creation_id = c.id
  SET m.answer = NULL
  WHERE c.tenant_id = ? AND c.task_id = ? AND c.status IN (?) AND m.answer IS NOT NULL`;

/** The creations of a task that have ended, in pages, the oldest first. Each page may reject with StoreUnavailable. */
export async function* endedOfTask(
  database: Database,
  tenantId: TenantId,
  taskId: TaskId,
  pageSize = 1_000,
): AsyncGenerator<CreationId[]> {
  let after: CreationId | undefined;
  for (;;) {
    const query = endedCreations(database.knex, tenantId, taskId).orderBy('id').limit(pageSize);
    if (after !== undefined) query.where('id', '>', after);
    const page: CreationId[] = await answered(database, () => query.clone().pluck('id'));
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page.at(-1);
  }
}

function endedCreations(knex: Knex, tenantId: TenantId, taskId: TaskId): Knex.QueryBuilder {
  return rowsOf(knex, tenantId, 'role_creations')
    .where({ task_id: taskId })
    .whereIn('status', [...TERMINAL_STATES]);
}
