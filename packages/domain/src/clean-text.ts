/**
 * Characters that a reader does not see but a model does: zero-width and other format characters, among them the
 * bidirectional controls (Unicode category Cf), and controls (Cc) other than tab and line feed. The joiner that holds an
 * emoji together stays where it does so.
 */
const INVISIBLE =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200d|\u200d(?!\p{Extended_Pictographic})|(?![\t\n\u200d])[\p{Cf}\p{Cc}]/gu;

/**
 * Text from a source as it may be shown to a model: without invisible characters, every kind of line break a line feed,
 * NFC-normalised. Not NFKC, which would turn the punctuation of Chinese into that of English.
 */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')
    .normalize('NFC');
}

/** A JSON-like value with every string in it cleaned. */
export function cleanDeep<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanDeep) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanDeep(inner)])) as T;
  return value;
}
