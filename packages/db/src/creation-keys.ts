import type { CreationId, TenantId } from '@roleforge/contracts';
import type { Knex } from 'knex';

/** A creation by its key in the ledger. */
export type CreationKey = { tenantId: TenantId; id: CreationId };

/**
 * Narrows a query down to these creations, tenant by tenant. `(tenant_id, id) IN ((?, ?), …)` says the same, and MariaDB takes more
 * than a second to plan it for 500 of them.
 */
export function whereAmong<Q extends Knex.QueryBuilder>(query: Q, keys: readonly CreationKey[]): Q {
  const ofTenant = Map.groupBy(keys, ({ tenantId }) => tenantId);
  query.where(any => {
    if (ofTenant.size === 0) any.whereRaw('FALSE');
    for (const [tenantId, those] of ofTenant)
      any.orWhere(one =>
        one.where('role_creations.tenant_id', tenantId).whereIn(
          'role_creations.id',
          those.map(({ id }) => id),
        ),
      );
  });
  return query;
}
