import type { CreationId, RoleId, TenantId } from '@roleforge/contracts';
import { CreationFailure, type FinishedRole } from '@roleforge/domain';
import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';
import { addRows, rowsOf } from './tenant-rows.ts';

/**
 * Adds a version to a role inside the caller's transaction, making the role with its first one, and returns the number.
 * The row of the role stays locked until the transaction ends, so that two creations of one task take turns.
 * @throws CreationFailure base_version_missing where the version that parts were kept from is gone
 */
export async function addRoleVersion(
  trx: Knex.Transaction,
  creationId: CreationId,
  role: FinishedRole,
  at: Date,
): Promise<number> {
  const { tenantId, taskId, roleId, locale, strategy, draft, digests, revised } = role;
  await trx.raw(
    `INSERT INTO roles (tenant_id, id, task_id, latest_version, created_at) VALUES (?, ?, ?, 1, ?)
     ON DUPLICATE KEY UPDATE latest_version = latest_version + 1`,
    [tenantId, roleId, taskId, at],
  );
  const { latest_version: version } = await rowsOf(trx, tenantId, 'roles')
    .select('latest_version')
    .where({ id: roleId })
    .first();
  if (revised !== undefined) await requireVersion(trx, tenantId, roleId, revised.regenerated.fromVersion);
  await addRows(trx, tenantId, 'role_versions', {
    role_id: roleId,
    version,
    creation_id: creationId,
    made_by: creationId,
    locale,
    name: draft.profile.name,
    tagline: draft.profile.tagline,
    profile: JSON.stringify(draft.profile),
    writer: JSON.stringify({ ...draft.writer, strategyId: strategy.id, strategyVersion: strategy.version }),
    provenance: JSON.stringify(draft.provenance),
    provenance_items: JSON.stringify(draft.provenanceItems ?? {}),
    source_digests: JSON.stringify(digests),
    part_digests: revised === undefined ? null : JSON.stringify(revised.partDigests),
    regenerated: revised === undefined ? null : JSON.stringify(revised.regenerated),
    ai_provider: revised?.aiProvider ?? null,
    created_at: at,
  });
  return version;
}

/** What was made of the parts that were kept must not come back to life when their owner has erased the role meanwhile. */
async function requireVersion(trx: Knex.Transaction, tenantId: TenantId, roleId: RoleId, version: number) {
  const base = await rowsOf(trx, tenantId, 'role_versions').where({ role_id: roleId, version }).first('version');
  if (base === undefined) throw new CreationFailure('base_version_missing', `Version ${version} of the role is gone.`);
}

/** What became of the wish to have an earlier version back. */
export type Restored = { kind: 'restored'; version: number } | { kind: 'isLatest' } | { kind: 'unknown' };

const COPIED = [
  'creation_id',
  'locale',
  'name',
  'tagline',
  'profile',
  'writer',
  'provenance',
  'provenance_items',
  'source_digests',
  'part_digests',
  'ai_provider',
].join(', ');

/**
 * Adds a copy of a version to its role, as the latest. The row of the role is locked meanwhile: of several at one moment each
 * gets a number of its own. @throws StoreUnavailable
 */
export function restoreRoleVersion(
  database: Database,
  { tenantId, roleId, version }: { tenantId: TenantId; roleId: RoleId; version: number },
  at: Date,
): Promise<Restored> {
  return answered(database, () =>
    database.knex.transaction(async (trx): Promise<Restored> => {
      const role = rowsOf(trx, tenantId, 'roles').where({ id: roleId });
      const latest: { latest_version: number } | undefined = await role.clone().forUpdate().first('latest_version');
      if (latest === undefined) return { kind: 'unknown' };
      if (latest.latest_version === version) return { kind: 'isLatest' };
      const next = latest.latest_version + 1;
      const [{ affectedRows }] = await trx.raw(
        `INSERT INTO role_versions (tenant_id, role_id, version, restored_from, created_at, ${COPIED})
         SELECT tenant_id, role_id, ?, version, ?, ${COPIED} FROM role_versions
         WHERE tenant_id = ? AND role_id = ? AND version = ?`,
        [next, at, tenantId, roleId, version],
      );
      if (affectedRows === 0) return { kind: 'unknown' };
      await role.update({ latest_version: next });
      return { kind: 'restored', version: next };
    }),
  );
}
