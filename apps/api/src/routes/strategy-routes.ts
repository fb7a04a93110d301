import { Strategy, StrategyDocument, StrategyId } from '@roleforge/contracts';
import type { StrategyStore } from '@roleforge/db';
import { z } from 'zod';
import { strategyHandlers } from '../handlers/strategies.ts';
import { type Route, route } from '../http/route.ts';

const byStrategy = z.object({ strategyId: StrategyId });
const tag = 'Strategies';

export function strategyRoutes(store: StrategyStore): Route[] {
  const strategies = strategyHandlers(store);
  const one = { tag, params: byStrategy, badParams: 'invalid_request' as const };
  return [
    route(
      {
        method: 'get',
        path: '/v1/strategies',
        operationId: 'listStrategies',
        tag,
        summary: 'List strategies: the tenant’s own and those that come with RoleForge',
        replies: {
          200: { description: 'All of them', body: z.object({ items: z.array(Strategy), nextCursor: z.null() }) },
        },
      },
      strategies.list,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/strategies/{strategyId}',
        operationId: 'readStrategy',
        summary: 'Read the latest version of a strategy',
        replies: { 200: { description: 'The strategy', body: Strategy } },
        problems: ['not_found'],
      },
      strategies.read,
    ),
    route(
      {
        ...one,
        method: 'put',
        path: '/v1/strategies/{strategyId}',
        operationId: 'putStrategy',
        summary: 'Store a new version of a strategy',
        description: 'A strategy of the tenant’s goes before one of the same name that comes with RoleForge.',
        body: StrategyDocument,
        replies: {
          200: { description: 'A further version', body: Strategy },
          201: { description: 'The first version', body: Strategy },
        },
      },
      strategies.put,
    ),
  ];
}
