import { AuditPage, ControlBody, OwnAuditQuery, Tenant } from '@roleforge/contracts';
import { type AuditNeeds, auditHandlers } from '../handlers/audit.ts';
import { type TenantNeeds, tenantHandlers } from '../handlers/tenant.ts';
import { type Route, route } from '../http/route.ts';

const tag = 'Tenant';

/** What a tenant sees and sets of itself. */
export function selfRoutes(needs: TenantNeeds & AuditNeeds): Route[] {
  const tenant = tenantHandlers(needs);
  const replies = { 200: { description: 'As it stands', body: Tenant } };
  return [
    route(
      {
        method: 'get',
        path: '/v1/tenant',
        operationId: 'readTenant',
        scope: null,
        tag,
        summary: 'See the tenant of this key',
        replies,
      },
      tenant.read,
    ),
    route(
      {
        method: 'post',
        path: '/v1/tenant/pause',
        operationId: 'pauseTenant',
        scope: 'tenant:admin',
        tag,
        summary: 'Begin nothing of this tenant’s for now',
        description:
          'What workers have in hand is finished. Submitting goes on; nothing is begun before the tenant is resumed.',
        body: ControlBody,
        replies,
      },
      tenant.pause,
    ),
    route(
      {
        method: 'post',
        path: '/v1/tenant/resume',
        operationId: 'resumeTenant',
        scope: 'tenant:admin',
        tag,
        summary: 'Begin this tenant’s creations again',
        description: 'In the order of their acceptance.',
        body: ControlBody,
        replies,
      },
      tenant.resume,
    ),
    route(
      {
        method: 'get',
        path: '/v1/audit',
        operationId: 'readOwnAuditLog',
        scope: 'tenant:admin',
        tag,
        summary: 'See who administered what of this tenant, newest first',
        description: 'What the operator did to it is there as well. The log is only ever added to.',
        query: OwnAuditQuery,
        replies: { 200: { description: 'A page', body: AuditPage } },
      },
      auditHandlers(needs).readOwn,
    ),
  ];
}
