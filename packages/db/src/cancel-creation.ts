import type { CreationId, TenantId } from '@roleforge/contracts';
import { stateAfter, statesAllowing } from '@roleforge/domain';
import { answered, type Database } from './database.ts';

/** Cancels a creation that waits. False where there is none, or where it does not wait any more. @throws StoreUnavailable */
export async function cancelWaiting(
  database: Database,
  tenantId: TenantId,
  id: CreationId,
  at: Date,
): Promise<boolean> {
  const changed = await answered(database, () =>
    database
      .knex('role_creations')
      .where({ tenant_id: tenantId, id })
      .whereIn('status', statesAllowing('cancel'))
      .update({ status: stateAfter('cancel'), step: null, finished_at: at }),
  );
  return changed > 0;
}
