import type { StrategyId, TenantId } from '@roleforge/contracts';
import { type StrategyReader, systemStrategy } from '@roleforge/domain';
import { LRUCache } from 'lru-cache';

const MOST = 10_000;

/** Whether a tenant may name a strategy. Strategies are never deleted, so one that was found once is not looked for again. */
export function createStrategyLookup(
  strategies: StrategyReader,
): (tenantId: TenantId, id: StrategyId) => Promise<boolean> {
  const found = new LRUCache<string, true>({ max: MOST });
  return async (tenantId, id) => {
    const key = `${tenantId}/${id}`;
    if (systemStrategy(id) !== null || found.has(key)) return true;
    const exists = (await strategies.latestStrategy(tenantId, id)) !== null;
    if (exists) found.set(key, true);
    return exists;
  };
}
