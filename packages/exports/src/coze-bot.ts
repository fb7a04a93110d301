import type { Role } from '@roleforge/contracts';
import { clip, clipName } from './clip.ts';
import { instructionsOf } from './instructions.ts';
import { wordingFor } from './languages.ts';

/** The fields of a Coze bot, as its API takes them beside the id of a space. */
export type CozeBot = {
  name: string;
  description: string;
  prompt_info: { prompt: string };
  onboarding_info: { prologue: string; suggested_questions: string[] };
};

const LONGEST_NAME = 20;
const LONGEST_DESCRIPTION = 500;
/** What the editor has room for under the first message. */
const MOST_QUESTIONS = 3;

/** A role as a Coze bot. It has no fields for others' data, so the label stands in what is read. */
export function toCozeBot(role: Role): CozeBot {
  const { profile, locale, aiLabel } = role;
  const label = clip(wordingFor(locale).label(aiLabel), LONGEST_DESCRIPTION / 2);
  const about = clip(`${profile.tagline}\n${profile.description}`, LONGEST_DESCRIPTION - label.length - 1);
  const questions = profile.exampleDialogues.map(({ user }) => user);
  return {
    name: clipName(profile.name, LONGEST_NAME),
    description: `${about}\n${label}`,
    prompt_info: { prompt: `${instructionsOf(role)}\n\n${wordingFor(locale).label(aiLabel)}` },
    onboarding_info: {
      prologue: profile.greeting,
      suggested_questions: [...new Set(questions)].slice(0, MOST_QUESTIONS),
    },
  };
}
