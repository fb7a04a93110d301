import { PageQuery, Role, RoleId, RoleListQuery, RolePage, RoleVersionPage } from '@roleforge/contracts';
import { z } from 'zod';
import { type ErasingNeeds, erasingHandlers } from '../handlers/erasing.ts';
import { type RoleNeeds, roleHandlers } from '../handlers/roles.ts';
import { type Route, route } from '../http/route.ts';

const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });
const tag = 'Roles';

export function roleRoutes(needs: RoleNeeds & ErasingNeeds): Route[] {
  const roles = roleHandlers(needs);
  const { eraseRole } = erasingHandlers(needs);
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
        method: 'delete',
        path: '/v1/roles/{roleId}',
        operationId: 'deleteRole',
        summary: 'Delete a role with all its versions',
        description:
          'Erases every version, the drafts that creations of it kept, and their events. The creations stay in the list, each with the ' +
          'number of the version that it made, and so do the sources of the task. A later creation for the task makes version 1 under the ' +
          'same id; so does one that is waiting or running at this moment: cancel it first, if the role is not to come back.',
        params: byRole,
        replies: { 204: { description: 'Erased' } },
      },
      eraseRole,
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
