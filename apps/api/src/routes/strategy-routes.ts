import {
  PageQuery,
  PreviewStrategy,
  Strategy,
  StrategyDocument,
  StrategyId,
  StrategyPreview,
  StrategyVersionPage,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type StrategyNeeds, strategyHandlers } from '../handlers/strategies.ts';
import { type Route, route } from '../http/route.ts';

const byStrategy = z.object({ strategyId: StrategyId });
const byVersion = byStrategy.extend({ version: z.coerce.number().int().min(1) });
const tag = 'Strategies';

export function strategyRoutes(needs: StrategyNeeds): Route[] {
  const strategies = strategyHandlers(needs);
  const one = { tag, params: byStrategy, badParams: 'invalid_request' as const };
  return [
    route(
      {
        method: 'get',
        path: '/v1/strategies',
        operationId: 'listStrategies',
        scope: 'creations:read',
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
        scope: 'creations:read',
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
        scope: 'strategies:write',
        summary: 'Store a new version of a strategy',
        description:
          'A strategy of the tenant’s goes before one of the same name that comes with RoleForge. Templates are parsed, and rendered for ' +
          'sample sources; what is wrong with them is named by line and column. Every version is kept.',
        body: StrategyDocument,
        replies: {
          200: { description: 'A further version', body: Strategy },
          201: { description: 'The first version', body: Strategy },
        },
        problems: ['template_invalid'],
      },
      strategies.put,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/strategies/{strategyId}/versions',
        operationId: 'listStrategyVersions',
        scope: 'creations:read',
        summary: 'List the versions of a strategy, newest first',
        query: PageQuery,
        replies: { 200: { description: 'A page', body: StrategyVersionPage } },
        problems: ['not_found'],
      },
      strategies.listVersions,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/strategies/{strategyId}/versions/{version}',
        operationId: 'readStrategyVersion',
        scope: 'creations:read',
        summary: 'Read one version of a strategy',
        params: byVersion,
        replies: { 200: { description: 'The strategy as it was then', body: Strategy } },
        problems: ['not_found'],
      },
      strategies.readVersion,
    ),
    route(
      {
        ...one,
        method: 'post',
        path: '/v1/strategies/{strategyId}/preview',
        operationId: 'previewStrategy',
        scope: 'creations:read',
        summary: 'Show the prompt that a strategy makes for a task',
        description: 'With its size and an estimate of its cost. No model is called, and nothing is stored.',
        body: PreviewStrategy,
        replies: { 200: { description: 'What a model would be sent', body: StrategyPreview } },
        problems: ['not_found', 'unknown_model', 'template_invalid'],
      },
      strategies.preview,
    ),
  ];
}
