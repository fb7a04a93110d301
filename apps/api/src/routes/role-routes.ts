import { PageQuery, Role, RoleId, RoleListQuery, RolePage, RoleVersionPage } from '@roleforge/contracts';
import { z } from 'zod';
import { type RoleNeeds, roleHandlers } from '../handlers/roles.ts';
import { type Route, route } from '../http/route.ts';

const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });
const tag = 'Roles';

export function roleRoutes(needs: RoleNeeds): Route[] {
  const roles = roleHandlers(needs);
  const one = { tag, problems: ['not_found' as const] };
  return [
    route(
      {
        method: 'get',
        path: '/v1/roles',
        operationId: 'listRoles',
        tag,
        summary: 'List roles',
        query: RoleListQuery,
        replies: { 200: { description: 'A page', body: RolePage } },
      },
      roles.list,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}',
        operationId: 'readRole',
        summary: 'Read the latest version of a role',
        params: byRole,
        replies: { 200: { description: 'The role', body: Role } },
      },
      roles.read,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions',
        operationId: 'listRoleVersions',
        summary: 'List the versions of a role, newest first',
        params: byRole,
        query: PageQuery,
        replies: { 200: { description: 'A page', body: RoleVersionPage } },
      },
      roles.listVersions,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions/{version}',
        operationId: 'readRoleVersion',
        summary: 'Read one version of a role',
        params: byVersion,
        replies: { 200: { description: 'The role as it was then', body: Role } },
      },
      roles.readVersion,
    ),
  ];
}
