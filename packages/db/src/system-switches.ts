import type { Knex } from 'knex';
import { answered, type Database } from './database.ts';

/** The row that is there while nothing is begun for anybody. */
const PAUSED = 'paused';

/** A condition for statements that may not take effect while the system is paused. */
export const SYSTEM_NOT_PAUSED = `NOT EXISTS (SELECT 1 FROM system_switches WHERE name = '${PAUSED}')`;

/** Since when nothing is begun for anybody; null where the system is not paused. @throws StoreUnavailable */
export async function readSystemPause(database: Database): Promise<Date | null> {
  return answered(database, () => systemPausedSince(database.knex));
}

export async function systemPausedSince(knex: Knex): Promise<Date | null> {
  const row: { since: Date } | undefined = await knex('system_switches').where('name', PAUSED).first('since');
  return row?.since ?? null;
}

/**
 * From now on nothing is begun for anybody; with `at` null, it is again. A pause keeps the time at which it began. False where it
 * was so before.
 */
export async function setSystemPaused(on: Knex, at: Date | null): Promise<boolean> {
  if (at === null) return (await on('system_switches').where('name', PAUSED).delete()) > 0;
  const [{ affectedRows }] = await on.raw('INSERT IGNORE INTO system_switches (name, since) VALUES (?, ?)', [
    PAUSED,
    at,
  ]);
  return affectedRows > 0;
}
