import { type RoleProfile, StrategyDocument, StrategyId } from '@roleforge/contracts';
import { type GatheredSources, sourceDocuments, systemStrategy } from '@roleforge/domain';
import { plausibleRole } from '@roleforge/testkit';
import type { PromptStrategy } from './prompt-scope.ts';

/** All four sources of a tea shop's role. */
export const TEA_SHOP: GatheredSources = {
  baseInfo: { name: '茶小满', locale: 'zh-CN', occupation: '茶艺师' },
  talkStyle: { tone: '温和', catchphrases: ['慢慢喝'] },
  knowledge: { items: [{ id: 'brewing', title: '冲泡', content: '水温八十度，两分钟。' }] },
  products: { items: [{ id: 'longjing', name: '龙井', price: 128, currency: 'CNY' }] },
};

/** A tenant's strategy with these fields. */
export function tenantStrategy(fields: Partial<StrategyDocument> = {}): PromptStrategy {
  return { ...StrategyDocument.parse(fields), id: StrategyId.parse('concise'), scope: 'tenant' };
}

/** A strategy that comes with RoleForge. */
export function strategyOfOurs(id: string): PromptStrategy {
  const strategy = systemStrategy(StrategyId.parse(id));
  if (strategy === null) throw new Error(`there is no system strategy ${id}`);
  return strategy;
}

/** A role for it, as a model hands it in. */
export const TEA_ROLE: RoleProfile = plausibleRole(sourceDocuments(TEA_SHOP));
