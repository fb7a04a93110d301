import type { BuiltInPrompt } from './built-in-prompt.ts';
import { CHINESE } from './chinese.ts';
import { ENGLISH } from './english.ts';

/** The languages in which RoleForge itself speaks to a model. */
export type PromptLanguage = 'zh' | 'en';

const PROMPTS: Record<PromptLanguage, BuiltInPrompt> = { zh: CHINESE, en: ENGLISH };

/** Which language a model is spoken to in for a role in this locale: Chinese for Chinese, English for all others. */
export function promptLanguage(locale: string): PromptLanguage {
  return /^zh(-|$)/i.test(locale) ? 'zh' : 'en';
}

/** The prompt that comes with RoleForge in this language. */
export function builtInPrompt(language: PromptLanguage): BuiltInPrompt {
  return PROMPTS[language];
}
