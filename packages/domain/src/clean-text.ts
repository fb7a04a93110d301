/**
 * Characters that a reader does not see but a model does: zero-width and other format characters, among them the
 * bidirectional controls (Unicode category Cf), and controls (Cc) other than tab and line feed.
 */
const INVISIBLE = /(?![\t\n])[\p{Cf}\p{Cc}]/gu;

/**
 * Text from a source as it may be shown to a model: NFC-normalised, without invisible characters. Emoji keep the joiner
 * that holds them together.
 */
export function cleanText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/(\p{Extended_Pictographic}\uFE0F?)\u200d(?=\p{Extended_Pictographic})/gu, '$1\uE000')
    .replace(INVISIBLE, '')
    .replaceAll('\uE000', '\u200d');
}

/** A JSON-like value with every string in it cleaned. */
export function cleanDeep<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanDeep) as T;
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanDeep(inner)])) as T;
  return value;
}
