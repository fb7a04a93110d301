import {
  ControlBody,
  PageQuery,
  RegenerateRole,
  Role,
  RoleDiff,
  RoleId,
  RoleListQuery,
  RolePage,
  RoleVersionPage,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type ErasingNeeds, erasingHandlers } from '../handlers/erasing.ts';
import { type RegeneratingNeeds, regeneratingHandlers } from '../handlers/regenerating.ts';
import { type RoleHistoryNeeds, roleHistoryHandlers } from '../handlers/role-history.ts';
import { type RoleNeeds, roleHandlers } from '../handlers/roles.ts';
import { type Route, route } from '../http/route.ts';
import { submissionHeaders, submissionReplies } from './submission-headers.ts';

const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });
const byTwoVersions = byVersion.extend({ other: z.coerce.number().int().min(1) });
const tag = 'Roles';

export function roleRoutes(needs: RoleNeeds & RegeneratingNeeds & RoleHistoryNeeds & ErasingNeeds): Route[] {
  const roles = roleHandlers(needs);
  const { regenerate } = regeneratingHandlers(needs);
  const history = roleHistoryHandlers(needs);
  const { eraseRole } = erasingHandlers(needs);
  const one = { tag, problems: ['not_found' as const] };
  return [
    route(
      {
        method: 'get',
        path: '/v1/roles',
        operationId: 'listRoles',
        scope: 'creations:read',
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
        scope: 'creations:read',
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
        scope: 'creations:write',
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
        scope: 'creations:read',
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
        scope: 'creations:read',
        summary: 'Read one version of a role',
        params: byVersion,
        replies: { 200: { description: 'The role as it was then', body: Role } },
      },
      roles.readVersion,
    ),
    route(
      {
        method: 'post',
        path: '/v1/roles/{roleId}/regenerate',
        operationId: 'regenerateRole',
        scope: 'creations:write',
        tag,
        summary: 'Have parts of a role written anew',
        description:
          'Asks for a creation, as `POST /v1/role-creations` does, that rewrites the parts in `sections` of the latest version from what the ' +
          'task’s sources are then, and makes a version in which all other parts are as they were. Without `sections`, the parts that are stale ' +
          'now: 409 where none is. If the version is deleted before the work is done, the creation fails with `base_version_missing`.',
        params: byRole,
        headers: submissionHeaders,
        body: RegenerateRole.optional(),
        replies: submissionReplies,
        problems: [
          'not_found',
          'conflict',
          'unknown_strategy',
          'address_not_allowed',
          'idempotency_key_reused',
          'limit_reached',
        ],
      },
      regenerate,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions/{version}/diff/{other}',
        operationId: 'diffRoleVersions',
        scope: 'creations:read',
        summary: 'Compare two versions of a role',
        description:
          'What has changed from `version` to `other`, part by part: texts word by word, lists item by item.',
        params: byTwoVersions,
        replies: { 200: { description: 'The parts that differ', body: RoleDiff } },
      },
      history.diff,
    ),
    route(
      {
        method: 'post',
        path: '/v1/roles/{roleId}/versions/{version}/restore',
        operationId: 'restoreRoleVersion',
        scope: 'creations:write',
        tag,
        summary: 'Make an earlier version the latest again',
        description:
          'Adds a copy of it, with a number of its own: no version is lost. The latest cannot be restored (409).',
        params: byVersion,
        body: ControlBody,
        replies: {
          201: { description: 'The new version', body: Role, headers: z.object({ Location: z.string() }) },
        },
        problems: ['not_found', 'conflict'],
      },
      history.restore,
    ),
  ];
}
