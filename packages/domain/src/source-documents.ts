import { createHash } from 'node:crypto';
import { cleanDeep } from './clean-text.ts';
import type { GatheredSources } from './gather-decision.ts';

/** The names of the documents, as they stand in the lines around them. */
export const DOCUMENT_TITLES = ['BASE INFO', 'TALK STYLE', 'KNOWLEDGE', 'PRODUCTS'] as const;

/** Hexadecimal digits: too many to try until a document holds its own tag. */
const TAG_LENGTH = 12;

/**
 * The sources as a model is shown them, in its user message alone: each a JSON document, cleaned, between a line
 * `BEGIN KNOWLEDGE 3f9a1c2b07de` and a line `END KNOWLEDGE 3f9a1c2b07de`. The tag is made of all the documents' text, so that
 * none of them can hold it, and the same sources give the same prompt. A source that is not there is left out.
 */
export function sourceDocuments(sources: GatheredSources): string {
  const contents = [sources.baseInfo, sources.talkStyle, sources.knowledge?.items, sources.products?.items];
  const documents = DOCUMENT_TITLES.flatMap((title, index) => {
    const content = contents[index];
    return content === null || content === undefined ? [] : [{ title, json: inertJson(cleanDeep(content)) }];
  });
  const hash = createHash('sha256');
  for (const { title, json } of documents) hash.update(`${title}\n${json}\n`);
  const tag = hash.digest('hex').slice(0, TAG_LENGTH);
  return documents.map(({ title, json }) => `BEGIN ${title} ${tag}\n${json}\nEND ${title} ${tag}`).join('\n\n');
}

/**
 * What could be taken for more than text by a model, its chat template or a template engine: tags and tokens such as
 * `<|im_start|>`, `</s>` and `[INST]`, code fences, `{{ }}` and `{% %}`, and the lines around the documents. None of it is
 * JSON's own in a document that is indented: there a bracket is followed by a line feed or by the bracket that closes it.
 */
const ACTIVE = new RegExp(
  `[<>\`~]|\\[(?=/?[\\w ]+\\])|\\{(?=[{%#])|[}%#](?=\\})|[be](?=(?:egin|nd)[\\s_-]+(?:${DOCUMENT_TITLES.join('|')}))`,
  'gi',
);

/** JSON in which every such character is written as its escape: it reads back as it was. */
function inertJson(cleaned: unknown): string {
  return JSON.stringify(cleaned, null, 1).replace(
    ACTIVE,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
