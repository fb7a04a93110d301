import type { RoleId } from '@roleforge/contracts';
import { type Database, findRole, restoreRoleVersion, type SourceStore } from '@roleforge/db';
import { diffRoles, presentRole } from '@roleforge/domain';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type RoleHistoryNeeds = { database: Database; sources: SourceStore; clock: () => Date };

type ByVersion = { roleId: RoleId; version: number };

export function roleHistoryHandlers({ database, sources, clock }: RoleHistoryNeeds) {
  return {
    async diff({ params }: Input<ByVersion & { other: number }, unknown, unknown>, caller: Caller): Promise<Reply> {
      const { roleId, version, other } = params;
      const [from, to] = await Promise.all(
        [version, other].map(number => findRole(database, caller.tenantId, roleId, number)),
      );
      if (!from || !to) throw notFound('version of this role');
      return { status: 200, body: diffRoles(from, to) };
    },

    async restore({ params }: Input<ByVersion, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const { roleId, version } = params;
      const restored = await restoreRoleVersion(database, { tenantId, roleId, version }, clock());
      switch (restored.kind) {
        case 'unknown':
          throw notFound('version of this role');
        case 'isLatest':
          throw new RequestProblem('conflict', `Version ${version} is the latest already.`);
        case 'restored': {
          const role = await findRole(database, tenantId, roleId, restored.version);
          // Its owner may have erased the role in the very next moment.
          if (role === null) throw notFound('role');
          return {
            status: 201,
            body: presentRole(role, await sources.readDigests(tenantId, role.taskId)),
            headers: { Location: `/v1/roles/${roleId}/versions/${restored.version}` },
          };
        }
      }
    },
  };
}
