import type { NewCreation } from '@roleforge/domain';
import { amongCreations } from './creation-keys.ts';
import { answered, type Database } from './database.ts';
import { rowsOfAll } from './tenant-rows.ts';

/**
 * Deletes creations that nobody has begun, and returns how many there were: those of which the caller was told that they
 * were not accepted, when it later turns out that they were. @throws StoreUnavailable
 */
export async function withdrawCreations(database: Database, creations: readonly NewCreation[]): Promise<number> {
  return answered(database, () =>
    amongCreations(rowsOfAll(database.knex, 'role_creations'), creations)
      .whereIn('status', ['scheduled', 'queued'])
      .where('attempts', 0)
      .delete(),
  );
}
