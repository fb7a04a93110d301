import { EXPORT_FORMATS, type ExportFormat, ExportQuery, Role, RoleId, VersionExportQuery } from '@roleforge/contracts';
import { z } from 'zod';
import { exportHandlers } from '../handlers/exports.ts';
import type { RoleNeeds } from '../handlers/roles.ts';
import { type Route, route } from '../http/route.ts';

const byRole = z.object({ roleId: RoleId });
const byVersion = byRole.extend({ version: z.coerce.number().int().min(1) });

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

export function exportRoutes(needs: RoleNeeds): Route[] {
  const exports = exportHandlers(needs);
  const one = { tag: 'Roles', problems: ['not_found' as const] };
  return [
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/roles/{roleId}/export',
        operationId: 'exportRole',
        scope: 'creations:read',
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
        scope: 'creations:read',
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
