import { RoleId, type RoleListQuery, type TenantId } from '@roleforge/contracts';
import { type Database, findRole, listRoles, listRoleVersions, type ReadList, type SourceStore } from '@roleforge/db';
import { presentRole, presentRoleSummary, presentRoleVersion, type RoleVersionRecord } from '@roleforge/domain';
import { z } from 'zod';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

type ById = { roleId: RoleId };
type ByVersion = ById & { version: number };
type PageOfVersions = { limit: number; cursor?: string | undefined };

export type RoleNeeds = { database: Database; readList: ReadList; sources: SourceStore };

export function roleHandlers({ database, readList, sources }: RoleNeeds) {
  async function present(tenantId: TenantId, record: RoleVersionRecord | null): Promise<Reply> {
    if (record === null) throw notFound('role');
    return { status: 200, body: presentRole(record, await sources.readDigests(tenantId, record.taskId)) };
  }

  return {
    async list({ query }: Input<unknown, RoleListQuery, unknown>, { tenantId }: Caller): Promise<Reply> {
      const after = fromCursor(query.cursor, RoleId);
      const { items, more } = await readList(from => listRoles(from, tenantId, { ...query, after }));
      const last = items.at(-1);
      return {
        status: 200,
        body: {
          items: items.map(presentRoleSummary),
          nextCursor: more && last !== undefined ? toCursor(last.roleId) : null,
        },
      };
    },

    async read({ params }: Input<ById, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      return present(tenantId, await findRole(database, tenantId, params.roleId));
    },

    async readVersion({ params }: Input<ByVersion, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      return present(tenantId, await findRole(database, tenantId, params.roleId, params.version));
    },

    async listVersions({ params, query }: Input<ById, PageOfVersions, unknown>, { tenantId }: Caller): Promise<Reply> {
      const below = fromCursor(query.cursor, z.coerce.number().int().min(1));
      const list = (from: Database) => listRoleVersions(from, tenantId, params.roleId, { limit: query.limit, below });
      let page = await readList(list);
      // That there is no such role is for a list to say that is not behind.
      if (page.items.length === 0 && below === null) page = await list(database);
      const { items, more } = page;
      const last = items.at(-1);
      if (last === undefined && below === null) throw notFound('role');
      return {
        status: 200,
        body: {
          items: items.map(presentRoleVersion),
          nextCursor: more && last !== undefined ? toCursor(last.version) : null,
        },
      };
    },
  };
}
