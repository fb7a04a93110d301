import type { TenantId, TenantUsage } from '@roleforge/contracts';
import type { TallyName } from '@roleforge/db';
import { type Period, utcDayOf } from '@roleforge/domain';
import { LRUCache } from 'lru-cache';

const MOST_TENANTS = 10_000;

/**
 * Older than this, in milliseconds, nothing more is added under an id: a commit takes seconds at most, and so much may the clocks of
 * the api's machines differ.
 */
const SETTLED_MS = 15_000;

/** Counts what a tenant uses, by the ledger. @throws StoreUnavailable */
export type ReadTallies = (tenantId: TenantId, now: Date, names: readonly TallyName[]) => Promise<Partial<TenantUsage>>;

type Needs = {
  read: ReadTallies;
  countAccepted: (tenantId: TenantId, period: Period) => Promise<number>;
};

/** How many were accepted in a day before a moment. */
type Settled = { day: number; until: Date; count: number };

/**
 * Counts a day's creations once each: those of some seconds ago do not change any more, and are remembered as a number. So a tenant with a
 * million of them a day costs no more to look at than one with few.
 */
export function createTallyReader({ read, countAccepted }: Needs): ReadTallies {
  const known = new LRUCache<TenantId, Settled>({ max: MOST_TENANTS });

  async function creationsToday(tenantId: TenantId, now: Date): Promise<number> {
    const { from, until } = utcDayOf(now);
    let settled = known.get(tenantId);
    if (settled?.day !== from.getTime()) settled = { day: from.getTime(), until: from, count: 0 };
    const settledNow = new Date(now.getTime() - SETTLED_MS);
    if (settledNow.getTime() - settled.until.getTime() > SETTLED_MS) {
      const more = await countAccepted(tenantId, { from: settled.until, until: settledNow });
      settled = { ...settled, until: settledNow, count: settled.count + more };
      known.set(tenantId, settled);
    }
    return settled.count + (await countAccepted(tenantId, { from: settled.until, until }));
  }

  return async (tenantId, now, names) => {
    const others = names.filter(name => name !== 'creationsToday');
    const [tallies, today] = await Promise.all([
      others.length === 0 ? {} : read(tenantId, now, others),
      others.length === names.length ? null : creationsToday(tenantId, now),
    ]);
    return today === null ? tallies : { ...tallies, creationsToday: today };
  };
}
