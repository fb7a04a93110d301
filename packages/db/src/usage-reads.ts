import type { TenantId, UsageDay } from '@roleforge/contracts';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

const SUMMED = ['calls', 'failed_calls', 'input_tokens', 'output_tokens', 'cost_usd'] as const;

/** Sums come as text, since they may be more than a number holds. */
type Row = Record<(typeof SUMMED)[number], string> & { day: string; provider: string; model: string };

/**
 * What a tenant's calls of models came to, from one UTC day to another (YYYY-MM-DD), both included: day by day and model by model,
 * in this order. Days without a call are not among them. @throws StoreUnavailable
 */
export async function readUsage(
  database: Database,
  tenantId: TenantId,
  { from, to }: { from: string; to: string },
): Promise<UsageDay[]> {
  const { knex } = database;
  const rows: Row[] = await answered(database, () =>
    rowsOf(knex, tenantId, 'usage_days')
      .select('provider', 'model')
      .select(SUMMED.map(column => knex.raw('SUM(??) AS ??', [column, column])))
      .select(knex.raw("DATE_FORMAT(day, '%Y-%m-%d') AS day"))
      .whereBetween('usage_days.day', [from, to])
      .groupBy('usage_days.day', 'provider', 'model')
      .orderBy(['usage_days.day', 'provider', 'model']),
  );
  return rows.map(row => ({
    day: row.day,
    provider: row.provider,
    model: row.model,
    calls: Number(row.calls),
    failedCalls: Number(row.failed_calls),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    costUsd: Number(row.cost_usd),
  }));
}
