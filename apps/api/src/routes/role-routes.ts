import {
  EXPORT_FORMATS,
  type ExportFormat,
  ExportQuery,
  PageQuery,
  Role,
  RoleId,
  RoleListQuery,
  RolePage,
  RoleVersionPage,
  VersionExportQuery,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type ErasingNeeds, erasingHandlers } from '../handlers/erasing.ts';
import { exportHandlers } from '../handlers/exports.ts';
import { type RoleNeeds, roleHandlers } from '../handlers/roles.ts';
import { type Route, route } from '../http/route.ts';

const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });
const tag = 'Roles';

const labelled =
  'Every format carries the label of what a machine wrote: in its metadata where it has some, else where a reader sees it. ' +
  'With an `If-None-Match` of the `ETag` that came before, the answer is 304 for as long as nothing has changed.';
const fileHeaders = z.object({
  'Content-Disposition': z.string().describe('`attachment`, with a file name'),
  ETag: z.string(),
});

const formatsOf = (mediaType: string) =>
  Object.keys(EXPORT_FORMATS).filter(format => EXPORT_FORMATS[format as ExportFormat].mediaType === mediaType);
const file = (mediaType: string) =>
  z.string().meta({ format: 'binary', description: `For the format ${formatsOf(mediaType).join(', ')}` });

const exported = {
  200: {
    description: 'The file',
    headers: fileHeaders,
    files: {
      'application/json': z
        .union([Role, z.record(z.string(), z.unknown())])
        .meta({ description: `For the formats ${formatsOf('application/json').join(', ')}` }),
      'text/markdown': z.string().meta({ description: `For the format ${formatsOf('text/markdown').join(', ')}` }),
      'image/png': file('image/png'),
      'application/zip': file('application/zip'),
    } satisfies Record<(typeof EXPORT_FORMATS)[ExportFormat]['mediaType'], z.ZodType>,
  },
  304: { description: 'It is the one that `If-None-Match` names' },
};

export function roleRoutes(needs: RoleNeeds & ErasingNeeds): Route[] {
  const roles = roleHandlers(needs);
  const exports = exportHandlers(needs);
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
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/export',
        operationId: 'exportRole',
        summary: 'Take a role elsewhere, as a file that other systems load',
        description: labelled,
        params: byRole,
        query: ExportQuery,
        replies: exported,
      },
      exports.exportRole,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/versions/{version}/export',
        operationId: 'exportRoleVersion',
        summary: 'Take one version of a role elsewhere',
        description: labelled,
        params: byVersion,
        query: VersionExportQuery,
        replies: exported,
      },
      exports.exportVersion,
    ),
  ];
}
