import type { CreationId, RoleId, RoleListQuery, TaskId, TenantId } from '@roleforge/contracts';
import type { RoleOverview, RoleVersionRecord } from '@roleforge/domain';
import type { Knex } from 'knex';
import { parse } from './creation-rows.ts';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

type OverviewRow = {
  role_id: RoleId;
  task_id: TaskId;
  version: number;
  creation_id: CreationId;
  locale: string;
  name: string;
  tagline: string;
  created_at: Date;
  writer: string;
  restored_from: number | null;
  regenerated: string | null;
};
type Row = OverviewRow & {
  profile: string;
  provenance: string;
  /** Null in versions that were made before items were noted down. */
  provenance_items: string | null;
  source_digests: string;
  part_digests: string | null;
  /** Of versions with parts that were kept; of others the writer tells. */
  ai_provider: string | null;
};

const OVERVIEW: (keyof OverviewRow)[] = [
  'role_id',
  'task_id',
  'version',
  'creation_id',
  'locale',
  'name',
  'tagline',
  'role_versions.created_at' as 'created_at',
  'writer',
  'restored_from',
  'regenerated',
];

/** A version of a tenant's role, the latest where none is named; null where there is none. @throws StoreUnavailable */
export async function findRole(
  database: Database,
  tenantId: TenantId,
  id: RoleId,
  version?: number,
): Promise<RoleVersionRecord | null> {
  const { knex } = database;
  const query = versions(knex, tenantId).select('role_versions.*', 'roles.task_id').where('roles.id', id);
  query.where('role_versions.version', version === undefined ? knex.ref('roles.latest_version') : version);
  const row: Row | undefined = await answered(database, () => query.first());
  return row === undefined ? null : toRecord(row);
}

/** The latest version of each of a tenant's roles, by role id. @throws StoreUnavailable */
export async function listRoles(
  database: Database,
  tenantId: TenantId,
  { limit, taskId, after }: Pick<RoleListQuery, 'limit' | 'taskId'> & { after: RoleId | null },
): Promise<{ items: RoleOverview[]; more: boolean }> {
  const { knex } = database;
  const query = versions(knex, tenantId)
    .select(OVERVIEW)
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
): Promise<{ items: RoleOverview[]; more: boolean }> {
  const { knex } = database;
  const query = versions(knex, tenantId)
    .select(OVERVIEW)
    .where('roles.id', id)
    .orderBy('role_versions.version', 'desc')
    .limit(limit + 1);
  if (below !== null) query.where('role_versions.version', '<', below);
  return page(await answered(database, () => query), limit);
}

function versions(knex: Knex, tenantId: TenantId): Knex.QueryBuilder {
  return rowsOf(knex, tenantId, 'roles').join('role_versions', join =>
    join.on('role_versions.tenant_id', 'roles.tenant_id').on('role_versions.role_id', 'roles.id'),
  );
}

function page(rows: OverviewRow[], limit: number): { items: RoleOverview[]; more: boolean } {
  return { items: rows.slice(0, limit).map(toOverview), more: rows.length > limit };
}

function toOverview(row: OverviewRow): RoleOverview {
  return {
    roleId: row.role_id,
    taskId: row.task_id,
    version: row.version,
    creationId: row.creation_id,
    locale: row.locale,
    name: row.name,
    tagline: row.tagline,
    createdAt: row.created_at,
    writer: JSON.parse(row.writer),
    restoredFrom: row.restored_from,
    regenerated: parse(row.regenerated),
  };
}

function toRecord(row: Row): RoleVersionRecord {
  const { name: _name, tagline: _tagline, ...overview } = toOverview(row);
  return {
    ...overview,
    profile: JSON.parse(row.profile),
    provenance: JSON.parse(row.provenance),
    provenanceItems: parse(row.provenance_items) ?? {},
    digests: JSON.parse(row.source_digests),
    partDigests: parse(row.part_digests) ?? {},
    aiProvider: row.ai_provider ?? (overview.writer.kind === 'ai' ? overview.writer.provider : null),
  };
}
