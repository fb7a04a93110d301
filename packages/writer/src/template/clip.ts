import { trimmedEnd } from './punctuation.ts';

/** The end of a sentence: CJK marks anywhere, Latin ones before a space; or the end of a line. */
const SENTENCE_END = /[。！？…]["”’」』）)]*|[.!?]["”’)]*(?=\s)|\n/g;
const WORD_END = /(?=[\s,;，、；])/g;

/**
 * `text` in at most `max` UTF-16 units: whole if it fits, else up to the last sentence that does, else up to a word and
 * an ellipsis. Trimmed, and never empty unless the text is.
 */
export function clip(text: string, max: number): string {
  const whole = text.trim();
  if (whole.length <= max) return whole;
  const sentences = lastEnd(whole, SENTENCE_END, max);
  if (sentences >= max / 3) return whole.slice(0, sentences).trim();
  const words = lastEnd(whole, WORD_END, max - 1);
  const end = words >= max / 2 ? words : max - 1;
  return `${trimmedEnd(withoutHalfPair(whole.slice(0, end)), ',;，、；')}…`;
}

/** As many of `items` as fit in `budget` units with `gap` units between them, in order, the first clipped if need be. */
export function takeFitting(items: readonly string[], budget: number, gap = 1): string[] {
  const taken: string[] = [];
  let room = budget;
  for (const item of items) {
    if (item.length > room) break;
    taken.push(item);
    room -= item.length + gap;
  }
  return taken.length === 0 && items[0] !== undefined ? [clip(items[0], budget)] : taken;
}

/** Where the last match that ends within `max` ends; 0 where there is none. */
function lastEnd(text: string, pattern: RegExp, max: number): number {
  let end = 0;
  for (const match of text.slice(0, max + 1).matchAll(pattern)) {
    const after = match.index + match[0].length;
    if (after <= max) end = after;
  }
  return end;
}

function withoutHalfPair(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text;
}
