import { type Database, ensureTenant, rowsOf } from '@roleforge/db';
import { inPairs } from './in-pairs.ts';

const LIMITED_KEY = 'rf_live_bench_key_of_a_limited_tenant';
/** Every limit that the accept path looks at, and none that is ever reached. */
const KEY_LIMITS = { requestsPerSecond: 100_000, burst: 1_000_000 };
const TENANT_LIMITS = { ...KEY_LIMITS, creationsPerDay: 1e9, waiting: 1e9, monthlyCostUsd: 1e9 };

/** Makes a tenant whose key has limits of its own, too. */
export async function addLimitedTenant(database: Database): Promise<void> {
  const tenantId = await ensureTenant(database, 'Bench with limits', LIMITED_KEY);
  const limits = JSON.stringify(TENANT_LIMITS);
  await database.knex('tenants').where('id', tenantId).update({ limits });
  await rowsOf(database.knex, tenantId, 'api_keys').update({ limits: JSON.stringify(KEY_LIMITS) });
}

type Api = {
  pid: number | undefined;
  /** A key without limits. */
  key: string;
  /** Loads the api with submissions under a key; how many it accepted in a second. */
  load(key: string): Promise<number>;
};

/** What limits cost: the limited tenant against one without, on the same process. */
export async function compareLimits({ pid, key, load }: Api): Promise<string> {
  const { figures } = await inPairs({ pid, load: () => load(LIMITED_KEY) }, { pid, load: () => load(key) });
  return `with limits on, against without ${figures}`;
}
