import type { NewCreation } from '@roleforge/domain';
import { answered, type Database } from './database.ts';

/**
 * Deletes creations that nobody has begun, and returns how many there were: those of which the caller was told that they
 * were not accepted, when it later turns out that they were. @throws StoreUnavailable
 */
export async function withdrawCreations(database: Database, creations: readonly NewCreation[]): Promise<number> {
  return answered(database, () =>
    database
      .knex('role_creations')
      .whereIn(
        ['tenant_id', 'id'],
        creations.map(({ tenantId, id }) => [tenantId, id]),
      )
      .whereIn('status', ['scheduled', 'queued'])
      .where('attempts', 0)
      .delete(),
  );
}
