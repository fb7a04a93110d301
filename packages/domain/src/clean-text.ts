/**
 * Characters that a reader does not see but a model does: zero-width and other format characters, among them the
 * bidirectional controls and the tags (Cf); everything that Unicode says to draw as nothing, such as variation selectors and
 * Hangul fillers; controls (Cc) other than tab and line feed; halves of surrogate pairs, and noncharacters.
 *
 * Group 1 is what stays, where it does what it is for: the joiner between two emoji, one variation selector after an emoji,
 * a keycap's digit, an ideograph or a Mongolian letter, and the non-joiner between two letters of the Arabic script.
 */
const INVISIBLE = new RegExp(
  `(${[
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\uFE0F?)\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}0-9#*])[\\uFE0E\\uFE0F]',
    '(?<=\\p{Script=Han})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]',
    '(?<=(?=\\p{L})\\p{Script=Mongolian})[\\u180B-\\u180D\\u180F]',
    '(?<=(?=\\p{L})\\p{Script=Arabic})\\u200C(?=(?=\\p{L})\\p{Script=Arabic})',
  ].join('|')})|(?![\\t\\n])[\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Cc}\\p{Cs}\\p{Noncharacter_Code_Point}]`,
  'gu',
);

/** The blank of Braille is drawn as nothing, but is a letter to all that counts letters. */
const BLANK = /\u2800/g;

/** More marks upon one letter than any language sets there. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * Nothing but characters that stay as they are beside each other, whatever their order: printable ASCII and Latin-1, tab and line feed,
 * general and full-width punctuation, kana, ideographs. None is a mark, and none is made of others by NFC.
 */
const PLAIN =
  /^[\t\n\x20-\x7e\xa0-\xac\xae-\xff\u2010-\u2027\u2030-\u205e\u3000-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uff01-\uff60]*$/;

/**
 * Text from a source as it may be shown to a model: without invisible characters, every kind of line break a line feed, at
 * most four marks on a letter, NFC-normalised. Not NFKC, which would turn the punctuation of Chinese into that of English.
 * Cleaning what is clean changes nothing.
 */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '$1')
    .replace(BLANK, ' ')
    .normalize('NFC')
    .replace(PILED_MARKS, '$1');
}

/** A JSON-like value with every string in it cleaned. */
export function cleanDeep<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanDeep) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanDeep(inner)])) as T;
  return value;
}
