import { type ItemChange, type PartDiff, PROFILE_PARTS, type RoleDiff, type TextPiece } from '@roleforge/contracts';
import { diffArrays } from 'diff';
import type { RoleVersionRecord } from './role-record.ts';

/**
 * Most words, then most lines, in which two texts may differ to be told apart by them: the time that it takes grows with the square,
 * and these stay within some tens of milliseconds. What differs in more is shown as one text in place of the other.
 */
const MOST_EDITS = 500;

/** What is different between two versions of one role, part by part. */
export function diffRoles(from: RoleVersionRecord, to: RoleVersionRecord): RoleDiff {
  const parts = PROFILE_PARTS.flatMap((part): PartDiff[] => {
    const [before, after] = [from.profile[part], to.profile[part]];
    if (isSame(before, after)) return [];
    const differing = { part, change: changeOf(before, after), before, after };
    if (typeof before === 'string' && typeof after === 'string')
      return [{ ...differing, words: diffText(before, after, to.locale) }];
    return [{ ...differing, items: diffItems(keyed(part, before), keyed(part, after)) }];
  });
  return {
    roleId: to.roleId,
    from: from.version,
    to: to.version,
    parts,
    locale: from.locale === to.locale ? null : { before: from.locale, after: to.locale },
    writer: isSame(from.writer, to.writer) ? null : { before: from.writer, after: to.writer },
  };
}

/** The words by which two texts differ, where words are what the language takes for them: Chinese has no spaces. */
export function diffText(before: string, after: string, locale: string): TextPiece[] {
  const words = new Intl.Segmenter(locale, { granularity: 'word' });
  const wordsOf = (text: string) => Array.from(words.segment(text), ({ segment }) => segment);
  const linesOf = (text: string) => text.split(/(?<=\n)/);
  return (
    diffPieces(wordsOf(before), wordsOf(after)) ??
    diffPieces(linesOf(before), linesOf(after)) ?? [
      { op: 'removed', text: before },
      { op: 'added', text: after },
    ]
  );
}

/** Null where they differ in too much. */
function diffPieces(before: string[], after: string[]): TextPiece[] | null {
  const changes = diffArrays(before, after, { maxEditLength: MOST_EDITS });
  if (changes === undefined) return null;
  return changes.map(({ added, removed, value }) => ({
    op: added ? 'added' : removed ? 'removed' : 'same',
    text: value.join(''),
  }));
}

type Items = ReadonlyMap<string, unknown>;

function diffItems(before: Items, after: Items): ItemChange[] {
  const changes: ItemChange[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (isSame(old, now)) continue;
    const change = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
    changes.push({ key, change, before: old ?? null, after: now ?? null });
  }
  return changes;
}

/** The items of a list part under what they are known by, or the fields of the talk style under their names. */
function keyed(part: string, value: unknown): Items {
  if (!Array.isArray(value)) return new Map(Object.entries(value as object));
  const items = new Map<string, unknown>();
  for (const item of value) {
    const name = keyOf(part, item);
    let key = name;
    for (let copy = 2; items.has(key); copy += 1) key = `${name} #${copy}`;
    items.set(key, item);
  }
  return items;
}

type Entry = { keys: string[]; sourceIds: string[] };

function keyOf(part: string, item: unknown): string {
  if (part === 'products') return (item as { productId: string }).productId;
  if (part === 'knowledge') {
    const { keys, sourceIds } = item as Entry;
    return (sourceIds.length > 0 ? sourceIds : keys).toSorted().join(', ');
  }
  return typeof item === 'string' ? item : JSON.stringify(item);
}

function changeOf(before: unknown, after: unknown): PartDiff['change'] {
  const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
  return isEmpty(before) ? 'added' : isEmpty(after) ? 'removed' : 'changed';
}

/** Both come from JSON, or from a schema that keeps the order of the fields. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
