import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrivateServers } from '../private-servers/start-private-servers.ts';
import { noteSecret } from '../secrets-of-run.ts';
import { createTestDatabase } from '../test-database.ts';

type ServersOfRun = {
  stop(): Promise<void>;
  /** What its tests' programs have logged, and the secrets that they have used. */
  folder: string;
};
declare global {
  var serversOfRun: ServersOfRun | undefined;
}

/**
 * Once before all tests: a folder for its logs, and a Redis and a MariaDB for this run alone, or, where TEST_DATABASE_URL and TEST_REDIS_URL name
 * servers, a database of its own on those.
 */
export default async function startServers(): Promise<void> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  if ((TEST_DATABASE_URL === undefined) !== (TEST_REDIS_URL === undefined))
    throw new Error('Set both TEST_DATABASE_URL and TEST_REDIS_URL, or neither.');
  const servers =
    TEST_DATABASE_URL !== undefined && TEST_REDIS_URL !== undefined
      ? { databaseUrl: TEST_DATABASE_URL, redisUrl: TEST_REDIS_URL, stop: async () => {} }
      : await startPrivateServers({ durable: false });
  const database = await createTestDatabase(servers.databaseUrl, { migrated: true });
  process.env.ROLEFORGE_TEST_DATABASE_URL = database.url;
  process.env.ROLEFORGE_TEST_REDIS_URL = servers.redisUrl;
  const folder = mkdtempSync(join(tmpdir(), 'roleforge-run-'));
  process.env.ROLEFORGE_TEST_RUN = folder;
  for (const address of [servers.databaseUrl, servers.redisUrl]) {
    const { password } = new URL(address);
    if (password !== '') noteSecret(decodeURIComponent(password));
  }
  globalThis.serversOfRun = {
    folder,
    async stop() {
      await database.drop();
      await servers.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
