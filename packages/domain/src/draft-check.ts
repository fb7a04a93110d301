import type { RoleProfile } from '@roleforge/contracts';
import { draftLeaks } from './draft-leaks.ts';
import type { GatheredSources } from './gather-decision.ts';

/** More is more than anybody reads, and than a model needs to see to mend its draft. */
const MOST_PROBLEMS = 100;

/**
 * What is wrong with a draft that has the right shape: a reference to a knowledge item or a product that the task does not
 * have was made up, and what was planted in the sources or belongs to our prompt does not go into a role. Each problem is
 * short, and names the part without quoting what may not be seen. An empty list means that the draft may be kept.
 *
 * @param context the prompt that the draft answers, where its own words are to be looked for in the draft
 */
export function draftProblems(
  draft: RoleProfile,
  sources: GatheredSources,
  context: { prompt?: { system: string; user: string } | undefined } = {},
): string[] {
  return [...madeUp(draft, sources), ...draftLeaks(draft, sources, context.prompt?.system)].slice(0, MOST_PROBLEMS);
}

function madeUp(draft: RoleProfile, sources: GatheredSources): string[] {
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
