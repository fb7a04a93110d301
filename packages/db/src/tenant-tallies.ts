import { CreationStatus, type TenantId, type TenantUsage } from '@roleforge/contracts';
import { firstCreationIdAt, type Period, utcDayOf, utcMonthOf, WAITING_STATES } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

/** What can be counted of a tenant's: each is a count of its own. */
export type TallyName = keyof TenantUsage;
const ALL_TALLIES: readonly TallyName[] = ['waiting', 'running', 'creationsToday', 'monthCostUsd'];

/** States in which a worker has the creation in hand. */
const IN_HAND = ['running', 'cancelling'] as const satisfies CreationStatus[];

/**
 * How each is found. Creations are counted in the index of a tenant's states and ids, which is narrow: ids begin with the time of
 * acceptance, so that a day's are a range of ids in each state. MariaDB, left to choose, may go through the rows themselves. What has been erased
 * since is counted where that was noted, in the same statement: it is on one side or on the other.
 */
const TALLIES: Record<TallyName, (on: Knex, tenantId: TenantId, now: Date) => Knex.QueryBuilder> = {
  waiting: (on, tenantId) => creationsIn(on, tenantId, WAITING_STATES).count(),
  running: (on, tenantId) => creationsIn(on, tenantId, IN_HAND).count(),
  creationsToday: (on, tenantId, now) => acceptedIn(on, tenantId, utcDayOf(now)),
  monthCostUsd(on, tenantId, now) {
    const { from, until } = utcMonthOf(now);
    return rowsOf(on, tenantId, 'usage_days')
      .where('day', '>=', dateOf(from))
      .where('day', '<', dateOf(until))
      .select(on.raw('COALESCE(SUM(cost_usd), 0)'));
  },
};

/**
 * Counts what a tenant uses of what it may use: waiting and running creations, those accepted in the present day, and what calls of models
 * have cost in the present month, in USD, both by UTC. Only those of `names` are counted and returned. @throws StoreUnavailable
 */
export async function readTenantTallies<N extends TallyName>(
  database: Database,
  tenantId: TenantId,
  now: Date,
  names: readonly N[],
): Promise<Pick<TenantUsage, N>> {
  const { knex } = database;
  const [row] = await answered(database, () =>
    knex.select(names.map(name => TALLIES[name](knex, tenantId, now).as(name))),
  );
  // A sum of money comes as text.
  return Object.fromEntries(names.map(name => [name, Number(row[name])])) as Pick<TenantUsage, N>;
}

/** All of it, for whoever wants to see it. @throws StoreUnavailable */
export function readTenantUsage(database: Database, tenantId: TenantId, now: Date): Promise<TenantUsage> {
  return readTenantTallies(database, tenantId, now, ALL_TALLIES);
}

/** Counts the creations that were accepted in a span of time, at most a day ago; also those that have been erased since. @throws StoreUnavailable */
export async function countAccepted(database: Database, tenantId: TenantId, period: Period): Promise<number> {
  const { knex } = database;
  const [row] = await answered(database, () => knex.select(acceptedIn(knex, tenantId, period).as('accepted')));
  return Number(row.accepted);
}

function acceptedIn(on: Knex, tenantId: TenantId, { from, until }: Period): Knex.QueryBuilder {
  const there = creationsIn(on, tenantId, CreationStatus.options)
    .where('id', '>=', firstCreationIdAt(from.getTime()))
    .where('id', '<', firstCreationIdAt(until.getTime()))
    .count();
  return rowsOf(on, tenantId, 'erased_creations')
    .where('accepted_at', '>=', from)
    .where('accepted_at', '<', until)
    .select(on.raw('COALESCE(SUM(creations), 0) + ?', [there]));
}

function creationsIn(on: Knex, tenantId: TenantId, states: readonly CreationStatus[]): Knex.QueryBuilder {
  return rowsOf(on, tenantId, 'role_creations')
    .from(on.raw('role_creations FORCE INDEX (by_tenant_status)'))
    .whereIn('status', [...states]);
}

function dateOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
