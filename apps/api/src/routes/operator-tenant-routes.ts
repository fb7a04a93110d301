import {
  AdministeredTenant,
  ChangeTenant,
  ControlBody,
  CreatedTenant,
  CreateTenant,
  TenantListQuery,
  TenantPage,
  TenantParams,
  UsageQuery,
  UsageReport,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type OperatorTenantNeeds, operatorTenantHandlers } from '../handlers/operator-tenants.ts';
import { forViewers, operatorRoute, type Route } from '../http/route.ts';

const tag = 'Operator';

/** What the operator does with tenants. */
export function operatorTenantRoutes(needs: OperatorTenantNeeds): Route[] {
  const tenants = operatorTenantHandlers(needs);
  const replies = { 200: { description: 'As it stands', body: AdministeredTenant } };
  const one = {
    tag,
    path: '/admin/v1/tenants/{tenantId}',
    params: TenantParams,
    problems: ['not_found' as const],
    replies,
  };
  return [
    operatorRoute(
      {
        tag,
        method: 'post',
        path: '/admin/v1/tenants',
        operationId: 'createTenant',
        summary: 'Make a tenant',
        description: 'With a first API key that has all scopes, which is shown this once.',
        body: CreateTenant,
        replies: {
          201: { description: 'Made', body: CreatedTenant, headers: z.object({ Location: z.string() }) },
        },
      },
      tenants.create,
    ),
    forViewers(
      operatorRoute(
        {
          tag,
          method: 'get',
          path: '/admin/v1/tenants',
          operationId: 'listTenants',
          summary: 'List tenants, newest first',
          query: TenantListQuery,
          replies: { 200: { description: 'A page', body: TenantPage } },
        },
        tenants.list,
      ),
    ),
    forViewers(
      operatorRoute(
        { ...one, method: 'get', operationId: 'readTenantAsOperator', summary: 'See a tenant' },
        tenants.read,
      ),
    ),
    operatorRoute(
      {
        ...one,
        method: 'patch',
        operationId: 'changeTenant',
        summary: 'Change the name, the weight or the limits of a tenant',
        description: 'What is not named stays as it is; a limit that is null is lifted.',
        body: ChangeTenant,
      },
      tenants.change,
    ),
    operatorRoute(
      {
        ...one,
        method: 'post',
        path: '/admin/v1/tenants/{tenantId}/suspend',
        operationId: 'suspendTenant',
        summary: 'Suspend a tenant',
        description:
          'Within two seconds its keys are answered with `tenant_suspended`, and nothing of its is begun; what workers have in hand is ' +
          'finished. Suspending twice is harmless.',
        body: ControlBody,
      },
      tenants.suspend,
    ),
    operatorRoute(
      {
        ...one,
        method: 'post',
        path: '/admin/v1/tenants/{tenantId}/resume',
        operationId: 'resumeTenantAsOperator',
        summary: 'Let a suspended tenant go on',
        description:
          'Its creations are begun again in the order of their acceptance, unless it has paused them itself. Resuming twice is harmless.',
        body: ControlBody,
      },
      tenants.resume,
    ),
    forViewers(
      operatorRoute(
        {
          ...one,
          method: 'get',
          path: '/admin/v1/tenants/{tenantId}/usage',
          operationId: 'readUsageAsOperator',
          summary: 'See what a tenant’s calls of models came to',
          description: 'As `GET /v1/usage` answers the tenant itself.',
          query: UsageQuery,
          replies: { 200: { description: 'The calls of these days', body: UsageReport } },
        },
        tenants.usage,
      ),
    ),
  ];
}
