import { AuditPage, AuditQuery, ChangeLogLevel, ControlBody, SystemState } from '@roleforge/contracts';
import { type AuditNeeds, auditHandlers } from '../handlers/audit.ts';
import type { OperatorKeyNeeds } from '../handlers/operator-keys.ts';
import { type OperatorSystemNeeds, operatorSystemHandlers } from '../handlers/operator-system.ts';
import type { OperatorTenantNeeds } from '../handlers/operator-tenants.ts';
import { forViewers, operatorRoute, type Route } from '../http/route.ts';
import { operatorKeyRoutes } from './operator-key-routes.ts';
import { operatorTenantRoutes } from './operator-tenant-routes.ts';

const tag = 'Operator';

type Needs = OperatorTenantNeeds & OperatorKeyNeeds & OperatorSystemNeeds & AuditNeeds;

/** Every call that the operator can make, all below `/admin/v1`. */
export function operatorRoutes(needs: Needs): Route[] {
  const system = operatorSystemHandlers(needs);
  const whole = { tag, replies: { 200: { description: 'As it stands', body: SystemState } } };
  return [
    ...operatorTenantRoutes(needs),
    ...operatorKeyRoutes(needs),
    forViewers(
      operatorRoute(
        {
          ...whole,
          method: 'get',
          path: '/admin/v1/system',
          operationId: 'readSystem',
          summary: 'See what holds for all tenants',
        },
        system.read,
      ),
    ),
    operatorRoute(
      {
        ...whole,
        method: 'post',
        path: '/admin/v1/system/pause',
        operationId: 'pauseSystem',
        summary: 'Begin nothing of any tenant’s for now',
        description: 'What workers have in hand is finished. Submitting goes on. Pausing twice is harmless.',
        body: ControlBody,
      },
      system.pause,
    ),
    operatorRoute(
      {
        ...whole,
        method: 'post',
        path: '/admin/v1/system/resume',
        operationId: 'resumeSystem',
        summary: 'Begin creations again',
        description: 'Those of tenants that are paused or suspended wait on. Resuming twice is harmless.',
        body: ControlBody,
      },
      system.resume,
    ),
    operatorRoute(
      {
        ...whole,
        method: 'put',
        path: '/admin/v1/system/log-level',
        operationId: 'changeLogLevel',
        summary: 'Have the processes log more, or less, for a while',
        description:
          'Reaches the running processes within two seconds, and those that start meanwhile. After `untilSeconds`, an hour if nothing is ' +
          'said, they log again as `LOG_LEVEL` has it.',
        body: ChangeLogLevel,
      },
      system.setLogLevel,
    ),
    forViewers(
      operatorRoute(
        {
          tag,
          method: 'get',
          path: '/admin/v1/audit',
          operationId: 'readAuditLog',
          summary: 'See who administered what, newest first',
          description: 'The log is only ever added to.',
          query: AuditQuery,
          replies: { 200: { description: 'A page', body: AuditPage } },
        },
        auditHandlers(needs).readAll,
      ),
    ),
  ];
}
