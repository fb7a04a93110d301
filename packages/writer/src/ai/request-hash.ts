import { createHash } from 'node:crypto';
import type { ConfiguredModel } from '@roleforge/domain';
import type { ModelRequest } from './ask-model.ts';

/**
 * What makes two calls the same, in hex: what is asked, of whom, how, and for which time.
 *
 * @param generation as in WritingContext
 * @param repair which call for this draft it is, from 0: an error that was not mended is told in the same words once more
 */
export function requestHash(
  { provider, model }: ConfiguredModel,
  { prompt, mode, temperature, maxOutputTokens }: ModelRequest,
  generation: number,
  repair: number,
): string {
  const parts = [
    prompt.system,
    prompt.user,
    model,
    provider,
    temperature ?? null,
    maxOutputTokens ?? null,
    mode,
    generation,
    repair,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
