import { hash } from 'node:crypto';
import type { SourceDocuments, SourceKind } from '@roleforge/contracts';

/** SHA-256 of a document as it is stored and compared, in hex. */
export function digestOf(document: object): string {
  return hash('sha256', JSON.stringify(document));
}

type Document = SourceDocuments[SourceKind];
type Item = { id?: string | undefined };

/**
 * A document in which every item has an id, so that a role can name what it rests on. An id that is made comes from the
 * item's content: the same item gets the same id again, wherever it stands.
 */
export function withItemIds<D extends Document>(document: D): D {
  if (!('items' in document)) return document;
  const taken = new Set((document.items as Item[]).map(item => item.id));
  const items = (document.items as Item[]).map(item =>
    item.id === undefined ? { id: newId(item, taken), ...item } : item,
  );
  return { ...document, items };
}

function newId(item: Item, taken: Set<string | undefined>): string {
  const base = `i_${digestOf(item).slice(0, 12)}`;
  let id = base;
  for (let copy = 2; taken.has(id); copy += 1) id = `${base}_${copy}`;
  taken.add(id);
  return id;
}
