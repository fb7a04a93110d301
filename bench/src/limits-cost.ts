import { readFileSync } from 'node:fs';
import { type Database, ensureTenant, rowsOf } from '@roleforge/db';

const LIMITED_KEY = 'rf_live_bench_key_of_a_limited_tenant';
/** Every limit that the accept path looks at, and none that is ever reached. */
const KEY_LIMITS = { requestsPerSecond: 100_000, burst: 1_000_000 };
const TENANT_LIMITS = { ...KEY_LIMITS, creationsPerDay: 1e9, waiting: 1e9, monthlyCostUsd: 1e9 };

/** Short runs that alternate: what else the machine does weighs on both alike. */
const PAIRS = 20;
export const PAIR_SECONDS = 2;

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

/**
 * What limits cost: the limited tenant against one without, on the same process, in pairs whose order alternates. Beside the requests a second
 * stands the processor's time that the api took for each, which tells more on a machine that has other things to do.
 */
export async function compareLimits({ pid, key, load }: Api): Promise<string> {
  async function run(of: string) {
    const before = cpuTicks(pid);
    const perSecond = await load(of);
    return { perSecond, cpu: (cpuTicks(pid) - before) / perSecond };
  }
  await run(LIMITED_KEY);
  const pairs: { rate: number; cpu: number }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const limitedFirst = pair % 2 === 1;
    const first = await run(limitedFirst ? LIMITED_KEY : key);
    const second = await run(limitedFirst ? key : LIMITED_KEY);
    const [limited, free] = limitedFirst ? [first, second] : [second, first];
    pairs.push({ rate: limited.perSecond / free.perSecond, cpu: limited.cpu / free.cpu });
  }
  const rates = quartiles(pairs.map(({ rate }) => rate));
  const cpu = quartiles(pairs.map(pair => pair.cpu));
  return `with limits on, against without (medians of ${PAIRS} pairs, quartiles): requests/s ${rates}; processor time a request ${cpu}`;
}

/** Ticks of processor time that a process has had, user's and system's; NaN where the system does not tell. */
function cpuTicks(pid: number | undefined): number {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return Number(user) + Number(system);
  } catch {
    return Number.NaN;
  }
}

function quartiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toFixed(3);
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`;
}
