import { hash } from 'node:crypto';
import type { CountTokens } from '@roleforge/domain';

/** As many as forty full lists of knowledge have items: some megabytes. */
const MOST_TEXTS = 20_000;

/**
 * Counts each text once, for as long as it is among the last `most` that were asked for: what a task knows changes rarely,
 * and counting five hundred items takes longer than reading them. Texts are known by their SHA-256, so that none is kept.
 */
export function rememberCounts(count: CountTokens, most = MOST_TEXTS): CountTokens {
  // In order of use: a Map keeps the order in which its keys were set.
  const counts = new Map<string, number>();
  return text => {
    const digest = hash('sha256', text, 'base64');
    const tokens = counts.get(digest) ?? count(text);
    counts.delete(digest);
    counts.set(digest, tokens);
    if (counts.size > most) counts.delete(counts.keys().next().value as string);
    return tokens;
  };
}
