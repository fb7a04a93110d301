import { countTokens as count } from 'gpt-tokenizer/encoding/o200k_base';

/**
 * How many tokens a text has, by OpenAI's o200k_base encoding: exact for its models, and for others near enough to plan with
 * (their vocabularies are as large, and trained on as many languages). Words of a model's own syntax count as plain text.
 */
export function countTokens(text: string): number {
  return count(text, { disallowedSpecial: new Set() });
}
