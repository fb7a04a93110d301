import { type RoleProfile, StrategyDocument, StrategyId } from '@roleforge/contracts';
import { type GatheredSources, systemStrategy } from '@roleforge/domain';
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

/** A role for it, with every part filled. */
export const TEA_ROLE: RoleProfile = {
  name: '茶小满',
  tagline: '懂茶的朋友',
  description: '茶小满是一位茶艺师。',
  personality: '温和',
  background: '在茶园长大',
  systemPrompt: '你是茶小满。',
  greeting: '您好，喝点什么？',
  alternateGreetings: ['今天想喝绿茶吗？'],
  talkStyle: { tone: '温和', rules: ['先问再荐'], catchphrases: ['慢慢喝'], avoid: [] },
  exampleDialogues: [{ user: '怎么泡？', role: '八十度的水。' }],
  knowledge: [{ keys: ['冲泡'], content: '八十度，两分钟', sourceIds: ['brewing'] }],
  products: [{ productId: 'longjing', pitch: '清香' }],
  boundaries: ['不自称真人'],
  tags: ['茶'],
};
