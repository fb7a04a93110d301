import type { StrategyId, TenantId } from '@roleforge/contracts';
import type { StrategyStore } from '@roleforge/db';
import { systemStrategy } from '@roleforge/domain';
import { LRUCache } from 'lru-cache';

const MOST = 10_000;

/** Which of these strategies a tenant may name. @throws StoreUnavailable */
export type KnownStrategies = (tenantId: TenantId, ids: Iterable<StrategyId>) => Promise<ReadonlySet<StrategyId>>;

/**
 * Looks up the strategies that submissions name, each once and all in one query. Strategies are never deleted, so one that was
 * found once is not looked for again.
 */
export function createStrategyLookup(strategies: Pick<StrategyStore, 'ownStrategies'>): KnownStrategies {
  const found = new LRUCache<string, true>({ max: MOST });
  return async (tenantId, ids) => {
    const known = new Set<StrategyId>();
    const unsure: StrategyId[] = [];
    for (const id of new Set(ids)) {
      if (systemStrategy(id) !== null || found.has(`${tenantId}/${id}`)) known.add(id);
      else unsure.push(id);
    }
    if (unsure.length === 0) return known;
    for (const id of await strategies.ownStrategies(tenantId, unsure)) {
      known.add(id);
      found.set(`${tenantId}/${id}`, true);
    }
    return known;
  };
}
