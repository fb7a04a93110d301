import type { Doer } from '@roleforge/domain';
import { noteDeed } from './audit-log.ts';
import { answered, type Database } from './database.ts';
import { setSystemPaused } from './system-switches.ts';

/**
 * The operator pauses the system, or lets it go on: the switch and its entry in the audit log are one transaction. False, and no
 * entry, where it was so before. @throws StoreUnavailable
 */
export async function switchSystem(
  database: Database,
  doer: Doer,
  { paused, now }: { paused: boolean; now: Date },
): Promise<boolean> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const changed = await setSystemPaused(trx, paused ? now : null);
      const action = paused ? 'system.paused' : 'system.resumed';
      if (changed) await noteDeed(trx, doer, { action, tenantId: null }, now);
      return changed;
    }),
  );
}
