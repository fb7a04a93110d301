import type { KeyNeeds } from '../handlers/api-keys.ts';
import type { EventNeeds } from '../handlers/creation-events.ts';
import type { CreationNeeds } from '../handlers/creations.ts';
import type { ErasingNeeds } from '../handlers/erasing.ts';
import type { RegeneratingNeeds } from '../handlers/regenerating.ts';
import type { RoleHistoryNeeds } from '../handlers/role-history.ts';
import type { RoleNeeds } from '../handlers/roles.ts';
import type { SourceNeeds } from '../handlers/sources.ts';
import type { StrategyNeeds } from '../handlers/strategies.ts';
import type { SubmissionNeeds } from '../handlers/submissions.ts';
import type { TenantNeeds } from '../handlers/tenant.ts';
import type { WebhookDeliveryNeeds } from '../handlers/webhook-deliveries.ts';
import type { WebhookEndpointNeeds } from '../handlers/webhook-endpoints.ts';
import type { WebhookSecretNeeds } from '../handlers/webhook-secret.ts';
import type { Route } from '../http/route.ts';
import { creationRoutes } from './creation-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { roleRoutes } from './role-routes.ts';
import { selfRoutes } from './self-routes.ts';
import { sourceRoutes } from './source-routes.ts';
import { type SteeringNeeds, steeringRoutes } from './steering-routes.ts';
import { strategyRoutes } from './strategy-routes.ts';
import { usageRoutes } from './usage-routes.ts';
import { webhookDeliveryRoutes } from './webhook-delivery-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

type Needs = SubmissionNeeds &
  CreationNeeds &
  SteeringNeeds &
  EventNeeds &
  ErasingNeeds &
  RoleNeeds &
  RegeneratingNeeds &
  RoleHistoryNeeds &
  SourceNeeds &
  TenantNeeds &
  KeyNeeds &
  StrategyNeeds &
  WebhookEndpointNeeds &
  WebhookSecretNeeds &
  WebhookDeliveryNeeds;

/** Every call that a tenant can make. What is served, what is documented, and what is tested all come from here. */
export function tenantRoutes(needs: Needs): Route[] {
  return [
    ...creationRoutes(needs),
    ...steeringRoutes(needs),
    ...roleRoutes(needs),
    ...exportRoutes(needs),
    ...sourceRoutes(needs),
    ...strategyRoutes(needs),
    ...usageRoutes(needs),
    ...webhookRoutes(needs),
    ...webhookDeliveryRoutes(needs),
    ...selfRoutes(needs),
    ...keyRoutes(needs),
  ];
}
