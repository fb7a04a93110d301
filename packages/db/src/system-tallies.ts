import {
  type LedgerSample,
  UNFINISHED_STATES,
  type UnfinishedStatus,
  utcMonthOf,
  type WebhookSample,
} from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/*
 * What the ledger has of all tenants together. Each count is read from an index that holds it, and stops at a bound: beyond that it
 * matters to nobody how many there are, and a million rows would be gone through for nothing.
 */

export const MOST_COUNTED = 100_000;

/** Creations that have not ended, by state. @throws StoreUnavailable */
export async function countUnfinished(database: Database, most = MOST_COUNTED): Promise<LedgerSample> {
  const { knex } = database;
  const counts: Record<string, Knex.QueryBuilder> = {
    ...Object.fromEntries(UNFINISHED_STATES.map(status => [status, countUpTo(knex, most, ofState(knex, status))])),
    stopped: countUpTo(knex, most, ofStoppedTenants(knex)),
  };
  const row = await readRow(database, counts);
  const numbers = Object.fromEntries(Object.keys(counts).map(name => [name, Math.min(most, Number(row[name]))]));
  const atLeast = Object.keys(counts).some(name => Number(row[name]) > most);
  return { ...(numbers as Omit<LedgerSample, 'atLeast'>), atLeast };
}

function ofState(knex: Knex, status: UnfinishedStatus): Knex.QueryBuilder {
  return rowsOfAll(knex, 'role_creations')
    .from(knex.raw('role_creations FORCE INDEX (unfinished)'))
    .where('status', status);
}

/** Those that wait and whose tenants are paused or suspended, so that their jobs are not on the queue. */
function ofStoppedTenants(knex: Knex): Knex.QueryBuilder {
  return knex('tenants')
    .joinRaw(
      'JOIN role_creations FORCE INDEX (by_tenant_status) ON role_creations.tenant_id = tenants.id AND role_creations.status IN (?, ?)',
      ['queued', 'scheduled'],
    )
    .where(any => any.whereNotNull('tenants.paused_at').orWhere('tenants.status', '<>', 'active'));
}

/** Messages that are still to be delivered, and how long the oldest of those that are due has been. @throws StoreUnavailable */
export async function readWebhookBacklog(database: Database, now: Date, most = MOST_COUNTED): Promise<WebhookSample> {
  const { knex } = database;
  const pending = () =>
    rowsOfAll(knex, 'webhook_deliveries')
      .from(knex.raw('webhook_deliveries FORCE INDEX (due)'))
      .where('status', 'pending');
  const due = () => pending().where('next_attempt_at', '<=', now);
  const row = await readRow(database, {
    pending: countUpTo(knex, most, pending()),
    due: countUpTo(knex, most, due()),
    oldest: due().select('next_attempt_at').orderBy('next_attempt_at').limit(1),
  });
  const oldest = row.oldest instanceof Date ? row.oldest.getTime() : now.getTime();
  return {
    pending: Math.min(most, Number(row.pending)),
    due: Math.min(most, Number(row.due)),
    oldestDueMs: now.getTime() - oldest,
    atLeast: Number(row.pending) > most,
  };
}

/** What calls of models have cost in the present calendar month (UTC), in US dollars: one range of rows for each tenant. @throws StoreUnavailable */
export async function readMonthCost(database: Database, now: Date): Promise<number> {
  const { knex } = database;
  const { from, until } = utcMonthOf(now);
  const [row] = await answered(database, () =>
    knex('tenants')
      .joinRaw(
        'STRAIGHT_JOIN usage_days ON usage_days.tenant_id = tenants.id AND usage_days.day >= ? AND usage_days.day < ?',
        [dateOf(from), dateOf(until)],
      )
      .select(knex.raw('COALESCE(SUM(cost_usd), 0) AS cost')),
  );
  return Number(row.cost);
}

/** So many of these rows as there are, one more than `most` at most. */
function countUpTo(knex: Knex, most: number, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  return knex
    .from(
      rows
        .select(knex.raw('1'))
        .limit(most + 1)
        .as('counted'),
    )
    .count();
}

async function readRow<N extends string>(
  database: Database,
  columns: Record<N, Knex.QueryBuilder>,
): Promise<Record<N, unknown>> {
  const { knex } = database;
  const named = Object.entries<Knex.QueryBuilder>(columns).map(([name, query]) => query.as(name));
  const [row] = await answered(database, () => knex.select(named));
  return row;
}

function dateOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
