import type { CreationId } from '@roleforge/contracts';
import type { FinishedRole } from '@roleforge/domain';
import type { Knex } from 'knex';

/**
 * Adds a version to a role inside the caller's transaction, making the role with its first one, and returns the number.
 * The row of the role stays locked until the transaction ends, so that two creations of one task take turns.
 */
export async function addRoleVersion(
  trx: Knex.Transaction,
  creationId: CreationId,
  role: FinishedRole,
  at: Date,
): Promise<number> {
  const { tenantId, taskId, roleId, locale, strategy, draft, digests } = role;
  await trx.raw(
    `INSERT INTO roles (tenant_id, id, task_id, latest_version, created_at) VALUES (?, ?, ?, 1, ?)
     ON DUPLICATE KEY UPDATE latest_version = latest_version + 1`,
    [tenantId, roleId, taskId, at],
  );
  const { latest_version: version } = await trx('roles')
    .select('latest_version')
    .where({ tenant_id: tenantId, id: roleId })
    .first();
  await trx('role_versions').insert({
    tenant_id: tenantId,
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
    source_digests: JSON.stringify(digests),
    created_at: at,
  });
  return version;
}
