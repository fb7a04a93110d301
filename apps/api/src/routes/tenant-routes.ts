import type { StrategyStore } from '@roleforge/db';
import type { EventNeeds } from '../handlers/creation-events.ts';
import type { CreationNeeds } from '../handlers/creations.ts';
import type { ErasingNeeds } from '../handlers/erasing.ts';
import type { RoleNeeds } from '../handlers/roles.ts';
import type { SubmissionNeeds } from '../handlers/submissions.ts';
import type { TenantNeeds } from '../handlers/tenant.ts';
import type { Route } from '../http/route.ts';
import { creationRoutes } from './creation-routes.ts';
import { roleRoutes } from './role-routes.ts';
import { selfRoutes } from './self-routes.ts';
import { sourceRoutes } from './source-routes.ts';
import { type SteeringNeeds, steeringRoutes } from './steering-routes.ts';
import { strategyRoutes } from './strategy-routes.ts';
import { usageRoutes } from './usage-routes.ts';

type Needs = SubmissionNeeds &
  CreationNeeds &
  SteeringNeeds &
  EventNeeds &
  ErasingNeeds &
  RoleNeeds &
  TenantNeeds & { strategies: StrategyStore };

/** Every call that a tenant can make. What is served, what is documented, and what is tested all come from here. */
export function tenantRoutes(needs: Needs): Route[] {
  return [
    ...creationRoutes(needs),
    ...steeringRoutes(needs),
    ...roleRoutes(needs),
    ...sourceRoutes(needs.sources),
    ...strategyRoutes(needs.strategies),
    ...usageRoutes(needs),
    ...selfRoutes(needs),
  ];
}
