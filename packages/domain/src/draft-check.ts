import type { RoleProfile } from '@roleforge/contracts';
import type { GatheredSources } from './gather-decision.ts';

/**
 * What is wrong with a draft that has the right shape: a reference to a knowledge item or a product that the task does not
 * have was made up. An empty list means that it may be kept.
 */
export function draftProblems(draft: RoleProfile, sources: GatheredSources): string[] {
  const knowledgeIds = new Set(sources.knowledge?.items.map(item => item.id));
  const productIds = new Set(sources.products?.items.map(item => item.id));
  const problems: string[] = [];
  for (const [index, entry] of draft.knowledge.entries())
    for (const id of entry.sourceIds)
      if (!knowledgeIds.has(id)) problems.push(`knowledge[${index}] rests on an item that does not exist: ${id}`);
  for (const [index, { productId }] of draft.products.entries())
    if (!productIds.has(productId))
      problems.push(`products[${index}] names a product that does not exist: ${productId}`);
  return problems;
}
