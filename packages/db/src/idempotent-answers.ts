import type { IdempotencyClaim } from '@roleforge/domain';
import { answered, type Database } from './database.ts';
import { rowsOf } from './tenant-rows.ts';

/**
 * What the first request under an Idempotency-Key was answered, and the digest of its body; null where none came in the 24 hours
 * before `at`. For calls whose second request would be refused before its key is looked at. @throws StoreUnavailable
 */
export async function findIdempotentAnswer(
  database: Database,
  { tenantId, scope, key, at }: Pick<IdempotencyClaim, 'tenantId' | 'scope' | 'key' | 'at'>,
): Promise<Pick<IdempotencyClaim, 'bodyDigest' | 'answer'> | null> {
  const row: { body_digest: string; answer: string } | undefined = await answered(database, () =>
    rowsOf(database.knex, tenantId, 'idempotency_keys')
      .where({ scope, idempotency_key: key })
      .whereRaw('created_at > ? - INTERVAL 24 HOUR', [at])
      .first('body_digest', 'answer'),
  );
  return row === undefined ? null : { bodyDigest: row.body_digest, answer: row.answer };
}
