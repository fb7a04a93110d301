import { SOURCE_KINDS, type SourceKind } from '@roleforge/contracts';
import { cleanText } from './clean-text.ts';
import type { GatheredSources } from './gather-decision.ts';
import { plantedSpans, type Span } from './planted-instructions.ts';

/** How many sentences of a source were left out. */
export type Removed = { kind: SourceKind; count: number };

/** Fields that no text is written from. */
const NOT_TEXT = new Set(['id', 'locale', 'currency']);

/** A text of a source, clean, with where instructions were planted in it. */
type SourceText = { kind: SourceKind; text: string; planted: Span[] };

/** Every text of the sources, clean, with what was planted in it. */
export function sourceTexts(sources: GatheredSources): SourceText[] {
  const texts: SourceText[] = [];
  withTexts(sources, text => {
    texts.push(text);
    return text.text;
  });
  return texts;
}

/**
 * The sources, cleaned, without the sentences that try to instruct a model, and how many of them each source lost. A field of
 * which nothing is left is an empty text, and stays.
 */
export function withoutPlanted(sources: GatheredSources): { sources: GatheredSources; removed: Removed[] } {
  const counts = new Map<SourceKind, number>();
  const rest = withTexts(sources, ({ kind, text, planted }) => {
    if (planted.length === 0) return text;
    counts.set(kind, (counts.get(kind) ?? 0) + planted.length);
    return without(text, planted);
  });
  return {
    sources: rest,
    removed: SOURCE_KINDS.flatMap(kind => {
      const count = counts.get(kind);
      return count === undefined ? [] : [{ kind, count }];
    }),
  };
}

/** What stands around the spans. */
export function without(text: string, spans: Span[]): string {
  let rest = '';
  let from = 0;
  for (const { start, end } of spans) {
    rest += text.slice(from, start);
    from = end;
  }
  return `${rest}${text.slice(from)}`.replace(/\n{3,}/g, '\n\n').trim();
}

function withTexts(sources: GatheredSources, change: (text: SourceText) => string): GatheredSources {
  const entries = SOURCE_KINDS.map(kind => [kind, changed(sources[kind], '', kind, change)]);
  return Object.fromEntries(entries) as GatheredSources;
}

function changed(value: unknown, key: string, kind: SourceKind, change: (text: SourceText) => string): unknown {
  if (typeof value === 'string') {
    const text = cleanText(value);
    if (NOT_TEXT.has(key)) return text;
    return change({
      kind,
      text,
      planted: key === 'url' ? plantedInAddress(text) : plantedSpans(text, { forbidden: key === 'avoid' }),
    });
  }
  if (Array.isArray(value)) return value.map(item => changed(item, key, kind, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, changed(inner, name, kind, change)]));
}

/** A part of an address is no address: it goes as a whole. */
function plantedInAddress(url: string): Span[] {
  const readable = [url, decoded(url)];
  return readable.some(text => plantedSpans(text).length > 0) ? [{ start: 0, end: url.length }] : [];
}

function decoded(url: string): string {
  try {
    return cleanText(decodeURIComponent(url.replaceAll('+', ' ')));
  } catch {
    return url;
  }
}
