import type { ApiKeyId, TenantId } from '@roleforge/contracts';
import { answered, type Database } from './database.ts';
import { rowsOf, rowsOfAll } from './tenant-rows.ts';

/** Notes that these keys were used at `at`: one statement for all of them. @throws StoreUnavailable */
export async function noteKeysUsed(database: Database, ids: readonly ApiKeyId[], at: Date): Promise<void> {
  await answered(database, () =>
    rowsOfAll(database.knex, 'api_keys')
      .whereIn('id', [...ids])
      // Of several processes whose clocks differ, the latest use counts.
      .where(earlier => earlier.whereNull('last_used_at').orWhere('last_used_at', '<', at))
      .update({ last_used_at: at }),
  );
}

/** Which key is stored under which hash, and which one it should be. */
export type Rehash = { tenantId: TenantId; id: ApiKeyId; from: Buffer; to: Buffer };

/**
 * Stores a key under another hash, if it is still stored under the one that it was found under: of several who do so at the same
 * time, one does. @throws StoreUnavailable
 */
export async function rehashApiKey(database: Database, { tenantId, id, from, to }: Rehash): Promise<void> {
  await answered(database, () =>
    rowsOf(database.knex, tenantId, 'api_keys').where({ id, key_hash: from }).update({ key_hash: to }),
  );
}
