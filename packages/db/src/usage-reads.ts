import type { TenantId, UsageDay } from '@roleforge/contracts';
import { answered, type Database } from './database.ts';

type Row = {
  day: string;
  provider: string;
  model: string;
  calls: number;
  failed_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
};

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
    knex('usage_days')
      .select('provider', 'model', 'calls', 'failed_calls', 'input_tokens', 'output_tokens', 'cost_usd')
      .select(knex.raw("DATE_FORMAT(day, '%Y-%m-%d') AS day"))
      .where('tenant_id', tenantId)
      .whereBetween('usage_days.day', [from, to])
      .orderBy(['usage_days.day', 'provider', 'model']),
  );
  return rows.map(row => ({
    day: row.day,
    provider: row.provider,
    model: row.model,
    calls: row.calls,
    failedCalls: row.failed_calls,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costUsd: Number(row.cost_usd),
  }));
}
