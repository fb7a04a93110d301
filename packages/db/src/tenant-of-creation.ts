import type { CreationId, TenantId } from '@roleforge/contracts';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/**
 * Whose a creation is; null where there is none under this id. For the operator alone: to a tenant, another's creation is not there.
 * No index begins with the id, so each tenant is asked by the primary key, which for a thousand of them takes milliseconds.
 * @throws StoreUnavailable
 */
export async function findTenantOfCreation(database: Database, id: CreationId): Promise<TenantId | null> {
  const row: { tenant_id: TenantId } | undefined = await answered(database, () =>
    rowsOfAll(database.knex, 'role_creations')
      .join('tenants', 'tenants.id', 'role_creations.tenant_id')
      .where('role_creations.id', id)
      .first('role_creations.tenant_id'),
  );
  return row?.tenant_id ?? null;
}
