import { UsageQuery, UsageReport } from '@roleforge/contracts';
import { type UsageNeeds, usageHandlers } from '../handlers/usage.ts';
import { type Route, route } from '../http/route.ts';

export function usageRoutes(needs: UsageNeeds): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/usage',
        operationId: 'readUsage',
        scope: 'creations:read',
        tag: 'Usage',
        summary: 'See what calls of models were made and what they cost, day by day and model by model',
        description: 'Of at most 366 days, the last 30 where nothing is said. Days are UTC days.',
        query: UsageQuery,
        replies: { 200: { description: 'The calls of these days', body: UsageReport } },
      },
      usageHandlers(needs).read,
    ),
  ];
}
