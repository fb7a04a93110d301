import type { StrategyDocument } from '@roleforge/contracts';
import {
  type GatheredSources,
  newCreationId,
  newTenantId,
  systemStrategy,
  type WritingBrief,
  type WritingContext,
} from '@roleforge/domain';

/** A tea shop's sources, complete. */
export const TEA_SHOP: GatheredSources = {
  baseInfo: { name: 'Mira', locale: 'en-GB', occupation: 'tea adviser', company: 'Green Gate Tea' },
  talkStyle: { tone: 'warm and unhurried', avoid: ['health claims'] },
  knowledge: { items: [{ id: 'brewing', title: 'Brewing green tea', content: 'Water at 80 °C, two minutes.' }] },
  products: { items: [{ id: 'longjing', name: 'Longjing', price: 18, currency: 'GBP' }] },
};

/** What a writer is given for these sources: under the default strategy, with these changes to it. */
export function briefFor(sources: GatheredSources, changes: Partial<StrategyDocument> = {}): WritingBrief {
  const strategy = systemStrategy('default' as Parameters<typeof systemStrategy>[0]);
  if (strategy === null) throw new Error('there is no default strategy');
  return { sources, strategy: { ...strategy, ...changes }, locale: sources.baseInfo.locale };
}

/** For whom a writer writes in a test: nobody, unless said otherwise. */
export function contextFor(changes: Partial<WritingContext> = {}): WritingContext {
  return {
    tenantId: newTenantId(),
    creationId: newCreationId(Date.now()),
    generation: 0,
    signal: new AbortController().signal,
    onSection: () => {},
    ...changes,
  };
}
