import { RoleProfile, type Usage } from '@roleforge/contracts';
import { CreationFailure, draftProblems, type GatheredSources } from '@roleforge/domain';
import type { FinishReason } from 'ai';

/** A model's answer, with the provider's own word for why it ended. */
export type ModelAnswer = {
  text: string;
  finishReason: FinishReason;
  rawFinishReason: string | undefined;
  usage: Usage;
};

/**
 * The role in a model's answer. Why the answer ended is looked at first: what was cut off is never taken for a whole.
 *
 * @throws CreationFailure draft_truncated, content_filtered, provider_unavailable or draft_invalid, with what it cost
 */
export function readDraft(answer: ModelAnswer, sources: GatheredSources): RoleProfile {
  const { usage } = answer;
  const end = failureOfEnd(answer);
  if (end !== null) throw end;
  const value = parseAnswer(answer.text);
  // V8 quotes the text in its message, so a parse error is no cause to keep.
  if (value === undefined) throw new CreationFailure('draft_invalid', 'The model’s answer is not JSON.', { usage });
  const parsed = RoleProfile.safeParse(value);
  if (!parsed.success) {
    const pointers = [...new Set(parsed.error.issues.map(issue => `/${issue.path.join('/')}`))];
    const message = `The model’s draft does not fit the role profile at ${pointers.slice(0, 3).join(', ')}.`;
    throw new CreationFailure('draft_invalid', message, { usage, cause: parsed.error });
  }
  const problems = draftProblems(parsed.data, sources);
  if (problems.length > 0)
    throw new CreationFailure('draft_invalid', 'The model’s draft names items that the task does not have.', {
      usage,
      cause: new Error(problems.slice(0, 10).join('\n')),
    });
  return parsed.data;
}

function failureOfEnd({ finishReason, rawFinishReason, usage }: ModelAnswer): CreationFailure | null {
  if (finishReason === 'length')
    return new CreationFailure('draft_truncated', 'The model’s answer was cut off at its token limit.', { usage });
  if (finishReason === 'content-filter')
    return new CreationFailure('content_filtered', 'The AI provider withheld the answer for its content.', { usage });
  // The latter is DeepSeek's word for an answer that it broke off.
  if (finishReason === 'error' || rawFinishReason === 'insufficient_system_resource')
    return new CreationFailure('provider_unavailable', 'The AI provider broke off its answer.', { usage });
  return null;
}

/**
 * The JSON in an answer: bare or within a Markdown fence, after a reasoning model's thoughts or not. Undefined where
 * there is none that is whole; nothing is repaired.
 */
export function parseAnswer(text: string): unknown {
  const answer = text.replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim();
  const fenced = answer.startsWith('{') ? null : /```(?:json)?[ \t]*\r?\n([\s\S]*)\r?\n[ \t]*```/i.exec(answer);
  try {
    return JSON.parse(fenced?.[1] ?? answer);
  } catch {
    return undefined;
  }
}
