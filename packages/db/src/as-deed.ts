import type { Doer } from '@roleforge/domain';
import { type Deed, noteDeed } from './audit-log.ts';
import { answered, type Database } from './database.ts';

/**
 * Makes a change in one transaction with its entry in the audit log: neither is there without the other. A change that came to nothing
 * leaves no entry.
 * @param change works on the database that it is given, and says what it came to
 * @throws StoreUnavailable
 */
export async function asDeed<T>(
  database: Database,
  { doer, deed, at }: { doer: Doer; deed: Deed; at: Date },
  change: (on: Database) => Promise<T>,
  cameToSomething: (outcome: T) => boolean,
): Promise<T> {
  return answered(database, () =>
    database.knex.transaction(async trx => {
      const outcome = await change({ ...database, knex: trx, inTransaction: true });
      if (cameToSomething(outcome)) await noteDeed(trx, doer, deed, at);
      return outcome;
    }),
  );
}
