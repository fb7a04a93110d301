import { cleanDeep } from './clean-text.ts';
import type { GatheredSources } from './gather-decision.ts';

/**
 * The sources as a model is shown them, in its user message alone: each a JSON document, cleaned, between a line BEGIN and a
 * line END. A source that is not there is left out.
 */
export function sourceDocuments(sources: GatheredSources): string {
  const documents = [
    ['BASE INFO', sources.baseInfo],
    ['TALK STYLE', sources.talkStyle],
    ['KNOWLEDGE', sources.knowledge?.items],
    ['PRODUCTS', sources.products?.items],
  ] as const;
  return documents
    .filter(([, document]) => document !== null && document !== undefined)
    .map(([title, document]) => `BEGIN ${title}\n${JSON.stringify(cleanDeep(document), null, 1)}\nEND ${title}`)
    .join('\n\n');
}
