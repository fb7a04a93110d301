import type { TenantId, TenantLimits } from '@roleforge/contracts';
import type { Knex } from 'knex';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/** What a tenant has of the workers, as it stands in the ledger. */
export type TenantShareRecord = {
  tenantId: TenantId;
  weight: number;
  /** How many of its creations may run at a time; null for any number. */
  running: number | null;
  /** What its calls of models may cost in a calendar month (UTC), in US dollars; null where that is not limited. */
  monthlyCostUsd: number | null;
  /** What they have cost in this month; 0 where it is not limited, since nobody looks then. */
  spentUsd: number;
};

/**
 * The shares of all tenants that have another weight than 1, or a limit on what runs or what it costs; or of one tenant, whatever
 * it has. @throws StoreUnavailable
 */
export async function listTenantShares(database: Database, now: Date, only?: TenantId): Promise<TenantShareRecord[]> {
  const { knex } = database;
  const rows: { id: TenantId; weight: string; limits: string | null }[] = await answered(database, () => {
    const tenants = knex('tenants').select('id', 'weight', 'limits');
    // The text is looked at before it is parsed: most tenants have no limits, or others.
    return only === undefined
      ? tenants.where(any =>
          any
            .whereNot('weight', 1)
            .orWhere('limits', 'like', '%"running"%')
            .orWhere('limits', 'like', '%"monthlyCostUsd"%'),
        )
      : tenants.where('id', only);
  });
  const shares = rows.map(({ id, weight, limits }) => ({
    tenantId: id,
    weight: Number(weight),
    running: parse<TenantLimits>(limits)?.running ?? null,
    monthlyCostUsd: parse<TenantLimits>(limits)?.monthlyCostUsd ?? null,
  }));
  const limited = shares.filter(({ monthlyCostUsd }) => monthlyCostUsd !== null).map(({ tenantId }) => tenantId);
  const spent = await answered(database, () => spentInMonth(knex, limited, now));
  return shares.map(share => ({ ...share, spentUsd: spent.get(share.tenantId) ?? 0 }));
}

const AT_ONCE = 1_000;

async function spentInMonth(knex: Knex, tenantIds: readonly TenantId[], now: Date): Promise<Map<TenantId, number>> {
  const firstDay = `${now.toISOString().slice(0, 7)}-01`;
  const spent = new Map<TenantId, number>();
  for (let from = 0; from < tenantIds.length; from += AT_ONCE) {
    const rows: { tenant_id: TenantId; cost: string }[] = await rowsOfAll(knex, 'usage_days')
      .select('tenant_id')
      .sum({ cost: 'cost_usd' })
      .whereIn('tenant_id', tenantIds.slice(from, from + AT_ONCE))
      .where('day', '>=', firstDay)
      .groupBy('tenant_id');
    for (const row of rows) spent.set(row.tenant_id, Number(row.cost));
  }
  return spent;
}
