import type { Prompt } from '@roleforge/prompts';

const MOST_LINES = 20;
const LONGEST_LINE = 300;

/** The prompt that asks once more: the original one, and what was wrong with the answer to the one before. */
export function repairPrompt(prompt: Prompt, problems: readonly string[]): Prompt {
  const lines = problems.slice(0, MOST_LINES).map(line => `- ${line.replace(/\s+/g, ' ').slice(0, LONGEST_LINE)}`);
  const more = problems.length > MOST_LINES ? ` (the first ${MOST_LINES} of ${problems.length})` : '';
  const note = `An earlier answer to this could not be used${more}:\n${lines.join('\n')}`;
  return { ...prompt, user: `${prompt.user}\n\n${note}\nWrite the whole role profile anew, without these errors.` };
}
