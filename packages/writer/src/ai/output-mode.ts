import type { StrategyDocument } from '@roleforge/contracts';
import type { Prompt } from '@roleforge/prompts';
import { type JSONSchema7, Output, type OutputInterface } from 'ai';

type Mode = StrategyDocument['structuredOutput'];
type TextOutput = OutputInterface<string, string, never>;

/**
 * What a call asks the provider for. The answer is taken as text in every mode, since it is read only after the reason
 * for which it ended: the SDK's own object output parses first.
 */
export function outputFor(mode: Mode, schema: JSONSchema7): TextOutput {
  switch (mode) {
    case 'json_schema':
      return asking({ type: 'json', schema, name: 'role_profile' });
    case 'json_object':
      return asking({ type: 'json' });
    case 'prompt':
      return Output.text();
  }
}

/** The prompt with the schema in it where nothing else tells the model of it. */
export function promptFor(mode: Mode, prompt: Prompt, schema: JSONSchema7): Prompt {
  if (mode === 'json_schema') return prompt;
  const request = 'Answer with one JSON object and nothing else. It matches this JSON Schema:';
  return { ...prompt, system: `${prompt.system}\n\n${request}\n${JSON.stringify(schema)}` };
}

function asking(format: Awaited<TextOutput['responseFormat']>): TextOutput {
  return { ...Output.text(), responseFormat: Promise.resolve(format) };
}
