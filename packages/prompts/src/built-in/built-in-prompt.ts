import { CHINESE } from './chinese.ts';
import { ENGLISH } from './english.ts';

/** The languages in which RoleForge itself speaks to a model. */
export type PromptLanguage = 'zh' | 'en';

/** What comes with RoleForge in one language, for strategies that have no templates of their own. */
export type BuiltInPrompt = {
  /** The rules of the craft, for a role in the language of this tag. */
  rules(locale: string): string;
  /** The system message as a Liquid template. */
  system: string;
  /** The user message as a Liquid template. */
  user: string;
  /** The system strategies' instructions where they read differently from the English of the strategy itself, by its id. */
  instructions: Readonly<Record<string, string>>;
};

const PROMPTS: Record<PromptLanguage, BuiltInPrompt> = { zh: CHINESE, en: ENGLISH };

/** Which language a model is spoken to in for a role in this locale: Chinese for Chinese, English for all others. */
export function promptLanguage(locale: string): PromptLanguage {
  return /^zh(-|$)/i.test(locale) ? 'zh' : 'en';
}

/** The prompt that comes with RoleForge in this language. */
export function builtInPrompt(language: PromptLanguage): BuiltInPrompt {
  return PROMPTS[language];
}
