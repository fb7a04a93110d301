import {
  type BaseInfo,
  type Degradation,
  SOURCE_KINDS,
  type SourceDocuments,
  type SourceKind,
  type SourceOutcomes,
  type StrategyDocument,
  type TalkStyle,
} from '@roleforge/contracts';
import { cleanDeep } from './clean-text.ts';
import type { GatheredSources } from './gather-decision.ts';

/** How many tokens a text has. The same text always has the same number. */
export type CountTokens = (text: string) => number;

/** What a source was cut down to: its tokens as the model is shown it, and how many of its items were left out. */
export type Fit = { tokens: number; leftOut: number };
export type FittedSources = {
  sources: GatheredSources;
  fits: Partial<Record<SourceKind, Fit>>;
  degraded: Degradation[];
};

type Fitted<D> = Fit & { document: D | null };

/**
 * Cuts each source down to its budget of tokens, at the bounds of items: knowledge by weight, products by their order,
 * base info and talk style by what a role can best do without. What is left stands in the order of the document. A list of
 * which nothing fits is gone, like one that is empty.
 */
export function fitToBudgets(
  sources: GatheredSources,
  budgets: StrategyDocument['tokenBudgets'],
  count: CountTokens,
): FittedSources {
  const { baseInfo, talkStyle, knowledge, products } = sources;
  const base = fitBaseInfo(baseInfo, budgets.baseInfo, count);
  const fitted = {
    baseInfo: base,
    talkStyle: talkStyle && fitTalkStyle(talkStyle, budgets.talkStyle, count),
    knowledge: knowledge && fitItems<SourceDocuments['knowledge']>(knowledge, budgets.knowledge, count),
    products: products && fitItems<SourceDocuments['products']>(products, budgets.products, count),
  };
  const fits: FittedSources['fits'] = {};
  const degraded: Degradation[] = [];
  for (const kind of SOURCE_KINDS) {
    const fit = fitted[kind];
    if (fit === null) continue;
    fits[kind] = { tokens: fit.tokens, leftOut: fit.leftOut };
    if (fit.leftOut > 0) degraded.push({ source: kind, reason: 'trimmed', leftOut: fit.leftOut });
  }
  return {
    sources: {
      baseInfo: base.document,
      talkStyle: fitted.talkStyle?.document ?? null,
      knowledge: fitted.knowledge?.document ?? null,
      products: fitted.products?.document ?? null,
    },
    fits,
    degraded,
  };
}

/** The outcomes with what each source was cut down to noted in them. */
export function withFits(outcomes: SourceOutcomes, fits: FittedSources['fits']): SourceOutcomes {
  const noted = SOURCE_KINDS.map(kind => {
    const fit = fits[kind];
    if (fit === undefined) return [kind, outcomes[kind]];
    const { tokens, leftOut } = fit;
    return [kind, { ...outcomes[kind], tokens, ...(leftOut > 0 ? { leftOut } : {}) }];
  });
  return Object.fromEntries(noted) as SourceOutcomes;
}

const ORDINARY_WEIGHT = 1;

function weightOf(item: object): number {
  return 'weight' in item && typeof item.weight === 'number' ? item.weight : ORDINARY_WEIGHT;
}

/**
 * Heavier items are asked first, those of one weight in their order; each is taken if there is still room for it. So one
 * that is larger than what is left makes way for later, smaller ones.
 */
function fitItems<D extends { items: object[] }>(document: D, budget: number, count: CountTokens): Fitted<D> {
  const kept = new Set<object>();
  let tokens = 0;
  // Sorting is stable: the order of the document decides between equals.
  for (const item of document.items.toSorted((a, b) => weightOf(b) - weightOf(a))) {
    const cost = tokensOf([item], count);
    if (tokens + cost > budget) continue;
    tokens += cost;
    kept.add(item);
  }
  const items = document.items.filter(item => kept.has(item));
  return {
    document: items.length === 0 ? null : { ...document, items },
    tokens,
    leftOut: document.items.length - items.length,
  };
}

/** Goals go first, from the last; then the background, sentence by sentence. Who the role is stays, whatever it takes. */
function fitBaseInfo(document: BaseInfo, budget: number, count: CountTokens): Fit & { document: BaseInfo } {
  const goals = (kept: number) => withList(document, 'goals', kept);
  const goalsKept = most(document.goals?.length ?? 0, kept => tokensOf(goals(kept), count) <= budget);
  const fewer = goals(goalsKept);
  const sentences = sentencesOf(document.background ?? '', document.locale);
  const background = (kept: number): BaseInfo => {
    const { background: _, ...rest } = fewer;
    const text = sentences.slice(0, kept).join('').trim();
    return kept === sentences.length ? fewer : { ...rest, ...(text === '' ? {} : { background: text }) };
  };
  const sentencesKept = most(sentences.length, kept => tokensOf(background(kept), count) <= budget);
  const shortened = background(sentencesKept);
  const leftOut = (document.goals?.length ?? 0) - goalsKept + (sentencesKept < sentences.length ? 1 : 0);
  return { document: shortened, tokens: tokensOf(shortened, count), leftOut };
}

/** What goes first: what shows the talk style before what says it, and what the role must not say last of all. */
const TALK_STYLE_LISTS = ['sampleDialogues', 'catchphrases', 'avoid'] as const;

function fitTalkStyle(document: TalkStyle, budget: number, count: CountTokens): Fitted<TalkStyle> {
  let shortened = document;
  let leftOut = 0;
  for (const name of TALK_STYLE_LISTS) {
    const whole = shortened;
    const length = whole[name]?.length ?? 0;
    const kept = most(length, n => tokensOf(withList(whole, name, n), count) <= budget);
    shortened = withList(whole, name, kept);
    leftOut += length - kept;
  }
  return { document: shortened, tokens: tokensOf(shortened, count), leftOut };
}

/** A document with only the first so many items of one of its lists; without the list where none is left. */
function withList<D extends object, N extends keyof D>(document: D, name: N, kept: number): D {
  const list = document[name];
  if (!Array.isArray(list) || kept === list.length) return document;
  const { [name]: _, ...rest } = document;
  return kept === 0 ? (rest as D) : { ...document, [name]: list.slice(0, kept) };
}

/** The largest number up to `max` that fits, where whatever is less than one that fits does so too; 0 where none does. */
function most(max: number, fits: (n: number) => boolean): number {
  if (fits(max)) return max;
  let [low, high] = [0, Math.max(max - 1, 0)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function sentencesOf(text: string, locale: string): string[] {
  return Array.from(new Intl.Segmenter(locale, { granularity: 'sentence' }).segment(text), ({ segment }) => segment);
}

/** As the model is shown it (see sourceDocuments). */
function tokensOf(value: unknown, count: CountTokens): number {
  return count(JSON.stringify(cleanDeep(value), null, 1));
}
