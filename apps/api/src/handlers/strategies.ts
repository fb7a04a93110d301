import type { StrategyDocument, StrategyId } from '@roleforge/contracts';
import type { StrategyStore } from '@roleforge/db';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

type ById = { strategyId: StrategyId };

export function strategyHandlers(strategies: StrategyStore) {
  return {
    async list(_input: Input<unknown, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      return { status: 200, body: { items: await strategies.listStrategies(tenantId), nextCursor: null } };
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const strategy = await strategies.latestStrategy(tenantId, params.strategyId);
      if (strategy === null) throw notFound('strategy');
      return { status: 200, body: strategy };
    },

    async put({ params, body }: Input<ById, unknown, StrategyDocument>, { tenantId }: Caller): Promise<Reply> {
      const strategy = await strategies.putStrategy(tenantId, params.strategyId, body);
      return { status: strategy.version === 1 ? 201 : 200, body: strategy };
    },
  };
}
