import type { CreationId, TenantId } from '@roleforge/contracts';
import type { Knex } from 'knex';

/** A creation by its key in the ledger. */
export type CreationKey = { tenantId: TenantId; id: CreationId };

/**
 * Narrows a statement on `role_creations` down to these creations, tenant by tenant. `(tenant_id, id) IN ((…), …)` means the same,
 * but MariaDB reads the whole table for an UPDATE by one such pair, and compares every row with every pair for many.
 */
export function amongCreations(rows: Knex.QueryBuilder, keys: readonly CreationKey[]): Knex.QueryBuilder {
  const byTenant = Map.groupBy(keys, ({ tenantId }) => tenantId);
  if (byTenant.size === 0) return rows.whereRaw('FALSE');
  return rows.where(any => {
    for (const [tenantId, own] of byTenant)
      any.orWhere(one =>
        one.where('role_creations.tenant_id', tenantId).whereIn(
          'role_creations.id',
          own.map(({ id }) => id),
        ),
      );
  });
}
