import type { ExportQuery, RoleId, TenantId, VersionExportQuery } from '@roleforge/contracts';
import { findRole } from '@roleforge/db';
import { presentRole } from '@roleforge/domain';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';
import type { RoleNeeds } from './roles.ts';

type ById = { roleId: RoleId };
type ByVersion = ById & { version: number };

export function exportHandlers({ database, sources }: RoleNeeds) {
  async function exported(tenantId: TenantId, { roleId, version, format }: ById & ExportQuery): Promise<Reply> {
    const record = await findRole(database, tenantId, roleId, version);
    if (record === null) throw notFound('role');
    const role = presentRole(record, await sources.readDigests(tenantId, record.taskId));
    // Few processes are ever asked for one: what draws and packs is loaded with the first.
    const { exportRole } = await import('@roleforge/exports');
    return exportRole(role, format);
  }

  return {
    exportRole: ({ params, query }: Input<ById, ExportQuery, unknown>, { tenantId }: Caller): Promise<Reply> =>
      exported(tenantId, { ...params, ...query }),

    exportVersion: (
      { params, query }: Input<ByVersion, VersionExportQuery, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> => exported(tenantId, { ...params, ...query }),
  };
}
