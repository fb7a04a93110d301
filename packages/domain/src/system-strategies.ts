import { type Strategy, StrategyDocument, type StrategyId } from '@roleforge/contracts';

/** The strategies that come with RoleForge. A tenant's own strategy under the same name goes before. */
const SYSTEM_STRATEGIES: readonly Strategy[] = [
  {
    ...StrategyDocument.parse({ description: 'A complete role from all that the task holds.' }),
    id: 'default' as StrategyId,
    object: 'strategy',
    scope: 'system',
    version: 1,
    createdAt: null,
  },
];

export function systemStrategy(id: StrategyId): Strategy | null {
  return SYSTEM_STRATEGIES.find(strategy => strategy.id === id) ?? null;
}

export function systemStrategies(): readonly Strategy[] {
  return SYSTEM_STRATEGIES;
}
