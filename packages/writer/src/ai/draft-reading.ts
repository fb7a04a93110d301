import { RoleProfile } from '@roleforge/contracts';
import { CreationFailure, draftProblems, languageProblem, revisionSchema, type WritingBrief } from '@roleforge/domain';
import type { Prompt } from '@roleforge/prompts';
import type { ModelAnswer } from './ask-model.ts';

/** What an answer came to: a role, or what is wrong with it, for the customer and, line by line, for the model. */
export type Reading =
  | { kind: 'draft'; profile: RoleProfile }
  | { kind: 'unfit'; failure: CreationFailure; problems: string[] };

/** An answer, new or stored. */
export type EndedAnswer = Pick<ModelAnswer, 'text' | 'finishReason'>;

/**
 * The role in a model's answer. Why the answer ended is looked at first: what was cut off is never taken for a whole.
 *
 * @param prompt what was asked, whose own words have no place in the role
 * @throws CreationFailure content_filtered or provider_unavailable, which another answer would not mend
 */
export function readDraft(
  answer: EndedAnswer,
  { sources, locale, revise }: Pick<WritingBrief, 'sources' | 'locale' | 'revise'>,
  prompt?: Prompt,
): Reading {
  const end = failureOfEnd(answer.finishReason);
  if (end?.code === 'draft_truncated') return { kind: 'unfit', failure: end, problems: [TOO_LONG] };
  if (end !== null) throw end;
  const value = parseAnswer(answer.text);
  // V8 quotes the text in its message, so a parse error is no cause to keep.
  if (value === undefined) return unfit('The model’s answer is not JSON.', ['The answer was not one JSON object.']);
  const parsed = (revise === undefined ? RoleProfile : revisionSchema(revise.sections)).safeParse(value);
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
    const pointers = [...new Set(places.map(({ pointer }) => pointer))];
    return unfit(
      `The model’s draft does not fit the role profile at ${pointers.slice(0, 3).join(', ')}.`,
      places.map(({ pointer, message }) => `${pointer}: ${message}`),
      parsed.error,
    );
  }
  const profile = { ...revise?.profile, ...parsed.data } as RoleProfile;
  // Entries that are kept may rest on items that are gone by now: only what was written is judged.
  const { knowledge = [], products = [] }: Partial<RoleProfile> = parsed.data;
  const written = { ...profile, knowledge, products };
  const problems = draftProblems(written, sources, { prompt });
  if (problems.length > 0)
    return unfit(
      'The model’s draft names items that the task does not have, or holds what does not belong in a role.',
      problems,
      new Error(problems.slice(0, 10).join('\n')),
    );
  const language = languageProblem(profile, locale);
  if (language !== null) return unfit('The model’s draft is in another language.', [language]);
  return { kind: 'draft', profile };
}

const TOO_LONG = 'The answer was cut off because it was too long. Write all texts shorter, and fewer entries.';

function unfit(message: string, problems: string[], cause?: unknown): Reading {
  return { kind: 'unfit', failure: new CreationFailure('draft_invalid', message, { cause }), problems };
}

/** Why an answer that ended for this reason is none; null where it may be read. */
export function failureOfEnd(finishReason: string | null): CreationFailure | null {
  switch (finishReason) {
    case 'length':
      return new CreationFailure('draft_truncated', 'The model’s answer was cut off at its token limit.');
    case 'content_filter':
      return new CreationFailure('content_filtered', 'The AI provider withheld the answer for its content.');
    case 'error':
    // DeepSeek's word for an answer that it broke off.
    case 'insufficient_system_resource':
      return new CreationFailure('provider_unavailable', 'The AI provider broke off its answer.');
    default:
      return null;
  }
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
