import type { TenantId } from '@roleforge/contracts';
import type { Knex } from 'knex';

/** The tables whose every row belongs to one tenant. */
export const TENANT_TABLES = [
  'api_keys',
  'bulk_operations',
  'erased_creations',
  'idempotency_keys',
  'model_calls',
  'role_creations',
  'role_versions',
  'roles',
  'source_base_info',
  'source_knowledge',
  'source_products',
  'source_talk_style',
  'strategies',
  'usage_days',
  'webhook_attempts',
  'webhook_deliveries',
  'webhook_endpoints',
] as const;
export type TenantTable = (typeof TENANT_TABLES)[number];

/*
 * The one way to statements about what belongs to tenants. `tenant-rows.test.ts` reads the sources of this package: nobody asks the
 * query builder for one of these tables in another way, `rowsOfAll` is for the files that it names, and a statement in SQL names
 * `tenant_id` in its WHERE.
 */

/** The rows of one tenant in a table. */
export function rowsOf(on: Knex, tenantId: TenantId, table: TenantTable): Knex.QueryBuilder {
  return on(table).where(`${table}.tenant_id`, tenantId);
}

/** Adds rows of one tenant's, whatever tenant they say that they are of. */
export function addRows(on: Knex, tenantId: TenantId, table: TenantTable, ...rows: object[]): Knex.QueryBuilder {
  return on(table).insert(rows.map(row => ({ ...row, tenant_id: tenantId })));
}

/** The rows of all tenants: for what looks after the system as a whole, and answers no tenant's question. */
export function rowsOfAll(on: Knex, table: TenantTable): Knex.QueryBuilder {
  return on(table);
}
