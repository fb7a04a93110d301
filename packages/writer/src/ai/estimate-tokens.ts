import { countTokens } from '@roleforge/prompts';

/** Counting takes time that grows with the text, and the process does nothing else meanwhile. In characters. */
const LONGEST_COUNTED = 200_000;

/** About how many tokens a text has, where nobody has said. */
export function estimateTokens(text: string): number {
  return text.length > LONGEST_COUNTED ? Math.ceil(text.length / 4) : countTokens(text);
}
