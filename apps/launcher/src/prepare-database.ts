import { ensureTenant, MIGRATION_PATIENCE_MS, migrate, openDatabase } from '@roleforge/db';
import { parseMysqlAddress, StoreUnavailable } from '@roleforge/domain';
import type { Keys } from './keys.ts';

/** Brings the schema up to date and makes the two tenants. @throws Error with one line that says where there is no answer */
export async function prepareDatabase(
  databaseUrl: string,
  { tenants, peppers }: Pick<Keys, 'tenants' | 'peppers'>,
  patienceMs = 30_000,
): Promise<void> {
  const database = openDatabase({ url: databaseUrl, connections: 2, patienceMs, answerMs: MIGRATION_PATIENCE_MS });
  try {
    await migrate(database);
    await ensureTenant(database, 'Hillside Tea & Trail', tenants.hillside, { peppers });
    await ensureTenant(database, 'Lantern Street Studio', tenants.lantern, { peppers });
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const { host, port } = parseMysqlAddress(databaseUrl);
    throw new Error(`DATABASE_URL (${host}:${port}): ${error.message}`, { cause: error });
  } finally {
    await database.close();
  }
}
