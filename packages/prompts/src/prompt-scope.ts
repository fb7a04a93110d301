import {
  BaseInfo,
  KnowledgeItem,
  Product,
  type Strategy,
  type StrategyDocument,
  TalkStyle,
} from '@roleforge/contracts';
import { cleanDeep, type GatheredSources, sourceDocuments } from '@roleforge/domain';
import { builtInPrompt, type PromptLanguage, promptLanguage } from './built-in/by-language.ts';
import { PlainText } from './template-engine.ts';

/** A strategy as far as a prompt depends on it. A system strategy's instructions exist in more than one language. */
export type PromptStrategy = StrategyDocument & Partial<Pick<Strategy, 'id' | 'scope'>>;

/** What a system template knows. `instructions` is null where the strategy has none. */
export type SystemScope = { locale: string; language: PromptLanguage; instructions: string | null; rules: string };

/** The names of the sources: known to user templates alone. */
export const SOURCE_VARIABLES = ['documents', 'baseInfo', 'talkStyle', 'knowledge', 'products'] as const;

export function systemScope(strategy: PromptStrategy, locale: string): SystemScope {
  const language = promptLanguage(locale);
  const { rules, instructions } = builtInPrompt(language);
  const translated =
    strategy.scope === 'system' && strategy.id !== undefined && Object.hasOwn(instructions, strategy.id)
      ? instructions[strategy.id]
      : undefined;
  return { locale, language, instructions: translated ?? strategy.instructions ?? null, rules: rules(locale) };
}

/**
 * What a user template knows: all that the system template does, and the sources, cleaned. Every field that a source can
 * have is there, null where it was left out, so that a misspelt name is an error in every role and a missing field in none.
 */
export function userScope(system: SystemScope, sources: GatheredSources): object {
  const { baseInfo, talkStyle, knowledge, products } = cleanDeep(sources);
  return {
    locale: new PlainText(system.locale),
    language: new PlainText(system.language),
    rules: new PlainText(system.rules),
    instructions: system.instructions === null ? null : new PlainText(system.instructions),
    documents: new PlainText(sourceDocuments(sources)),
    baseInfo: whole(BaseInfo, baseInfo),
    talkStyle: talkStyle === null ? null : whole(TalkStyle, talkStyle),
    knowledge: (knowledge?.items ?? []).map(item => whole(KnowledgeItem, item)),
    products: (products?.items ?? []).map(item => whole(Product, item)),
  };
}

function whole(schema: { shape: object }, document: object): object {
  const absent = Object.fromEntries(Object.keys(schema.shape).map(field => [field, null]));
  return { ...absent, ...document };
}
