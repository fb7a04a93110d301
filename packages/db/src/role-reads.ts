import type { CreationId, RoleId, RoleListQuery, TaskId, TenantId } from '@roleforge/contracts';
import type { RoleVersionRecord } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';

type Row = {
  role_id: RoleId;
  task_id: TaskId;
  version: number;
  creation_id: CreationId;
  locale: string;
  created_at: Date;
  profile: string;
  writer: string;
  provenance: string;
  source_digests: string;
};

/** A version of a tenant's role, the latest where none is named; null where there is none. @throws StoreUnavailable */
export async function findRole(
  database: Database,
  tenantId: TenantId,
  id: RoleId,
  version?: number,
): Promise<RoleVersionRecord | null> {
  const { knex } = database;
  const query = versions(knex, tenantId).where('roles.id', id);
  query.where('role_versions.version', version === undefined ? knex.ref('roles.latest_version') : version);
  const row: Row | undefined = await answered(database, () => query.first());
  return row === undefined ? null : toRecord(row);
}

/** The latest version of each of a tenant's roles, by role id. @throws StoreUnavailable */
export async function listRoles(
  database: Database,
  tenantId: TenantId,
  { limit, taskId, after }: Pick<RoleListQuery, 'limit' | 'taskId'> & { after: RoleId | null },
): Promise<{ items: RoleVersionRecord[]; more: boolean }> {
  const { knex } = database;
  const query = versions(knex, tenantId)
    .where('role_versions.version', knex.ref('roles.latest_version'))
    .orderBy('roles.id')
    .limit(limit + 1);
  if (taskId !== undefined) query.where('roles.task_id', taskId);
  if (after !== null) query.where('roles.id', '>', after);
  return page(await answered(database, () => query), limit);
}

/** The versions of one role, newest first. @throws StoreUnavailable */
export async function listRoleVersions(
  database: Database,
  tenantId: TenantId,
  id: RoleId,
  { limit, below }: { limit: number; below: number | null },
): Promise<{ items: RoleVersionRecord[]; more: boolean }> {
  const { knex } = database;
  const query = versions(knex, tenantId)
    .where('roles.id', id)
    .orderBy('role_versions.version', 'desc')
    .limit(limit + 1);
  if (below !== null) query.where('role_versions.version', '<', below);
  return page(await answered(database, () => query), limit);
}

function versions(knex: Knex, tenantId: TenantId): Knex.QueryBuilder {
  return knex('roles')
    .join('role_versions', join =>
      join.on('role_versions.tenant_id', 'roles.tenant_id').on('role_versions.role_id', 'roles.id'),
    )
    .select('role_versions.*', 'roles.task_id')
    .where('roles.tenant_id', tenantId);
}

function page(rows: Row[], limit: number): { items: RoleVersionRecord[]; more: boolean } {
  return { items: rows.slice(0, limit).map(toRecord), more: rows.length > limit };
}

function toRecord(row: Row): RoleVersionRecord {
  return {
    roleId: row.role_id,
    taskId: row.task_id,
    version: row.version,
    creationId: row.creation_id,
    locale: row.locale,
    createdAt: row.created_at,
    profile: JSON.parse(row.profile),
    writer: JSON.parse(row.writer),
    provenance: JSON.parse(row.provenance),
    digests: JSON.parse(row.source_digests),
  };
}
