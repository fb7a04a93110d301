const SENTENCE_END = /[。！？]["”’」』）)]*|[.!?]["”’)]*(?=\s)|\n/g;
const ELLIPSIS = '…';
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * `text` in at most `max` UTF-16 units, and so in at most as many characters however they are counted: whole if it fits,
 * else up to the end of a sentence if that keeps half of it, else as many whole characters as fit and an ellipsis.
 */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = 0;
  for (const match of text.slice(0, max + 1).matchAll(SENTENCE_END)) {
    const after = match.index + match[0].length;
    if (after <= max) end = after;
  }
  const sentences = text.slice(0, end).trimEnd();
  return sentences.length >= max / 2 ? sentences : clipName(text, max);
}

/** The same for a name, which has no sentences. */
export function clipName(name: string, max: number): string {
  return name.length <= max ? name : `${wholeCharacters(name, max - ELLIPSIS.length).trimEnd()}${ELLIPSIS}`;
}

/** The beginning of a text in at most `max` units. No emoji is cut in two, unless a single one is longer than all that fits. */
function wholeCharacters(text: string, max: number): string {
  // A character of more than 64 units is drawn by nobody.
  const from = Math.max(0, max - 64);
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, max + 64))) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  if (end >= from && end > 0) return text.slice(0, end);
  return text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}
