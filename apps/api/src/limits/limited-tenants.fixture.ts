import type { CreationId, KeyLimits, TenantId, TenantLimits } from '@roleforge/contracts';
import { rowsOf } from '@roleforge/db';
import { newTenant } from '@roleforge/testkit';
import type { TestApi, TestClient } from '../api.fixture.ts';

export type LimitedClient = TestClient & {
  tenantId: TenantId;
  /** Changes the limits, as the operator does: without a word to the api. */
  setLimits(limits: TenantLimits, keyLimits?: KeyLimits): Promise<void>;
  /** Has these creations end, as a worker does: without a word to the api. */
  finish(...ids: CreationId[]): Promise<void>;
};

/** A client of a tenant of its own with such limits. */
export async function newLimitedClient(
  api: TestApi,
  limits: TenantLimits,
  keyLimits: KeyLimits = {},
): Promise<LimitedClient> {
  const { tenantId, apiKey } = await newTenant(api.database);
  const { knex } = api.database;
  const client: LimitedClient = {
    ...api.clientOf(apiKey),
    tenantId,
    async setLimits(ofTenant, ofKey = {}) {
      await knex('tenants')
        .where('id', tenantId)
        .update({ limits: JSON.stringify(ofTenant) });
      await rowsOf(knex, tenantId, 'api_keys').update({ limits: JSON.stringify(ofKey) });
    },
    finish: async (...ids) =>
      void (await rowsOf(knex, tenantId, 'role_creations').whereIn('id', ids).update({ status: 'failed' })),
  };
  await client.setLimits(limits, keyLimits);
  return client;
}
