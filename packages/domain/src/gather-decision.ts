import {
  type Degradation,
  type FailureCode,
  SOURCE_KINDS,
  type SourceDocuments,
  type SourceKind,
  type SourceOutcome,
  type SourceOutcomes,
  type StrategyDocument,
} from '@roleforge/contracts';
import { CreationFailure } from './failures.ts';

/** What reading one source came to. `ms` is how long it took. */
export type SourceRead<Document> =
  | { state: 'loaded' | 'inline'; document: Document; digest: string; ms: number }
  | { state: 'empty'; ms: number }
  | { state: 'failed'; cause: unknown; ms: number };

export type SourceReads = { [K in SourceKind]: SourceRead<SourceDocuments[K]> };

/** What a role is written from. Base info is always there: it holds the name and the language. */
export type GatheredSources = {
  baseInfo: SourceDocuments['baseInfo'];
  talkStyle: SourceDocuments['talkStyle'] | null;
  knowledge: SourceDocuments['knowledge'] | null;
  products: SourceDocuments['products'] | null;
};

export type GatherDecision = { outcomes: SourceOutcomes } & (
  | { kind: 'proceed'; sources: GatheredSources; degraded: Degradation[] }
  | { kind: 'fail'; failure: CreationFailure }
);

const MISSING: Record<SourceKind, { code: FailureCode; label: string }> = {
  baseInfo: { code: 'base_info_missing', label: 'base info' },
  talkStyle: { code: 'talk_style_missing', label: 'talk style' },
  knowledge: { code: 'knowledge_missing', label: 'knowledge' },
  products: { code: 'products_missing', label: 'products' },
};

/**
 * Applies the strategy's policy to the four reads: a required source that is not there ends the creation, a required one
 * that could not be read ends the attempt, an optional one is gone without and named in `degraded`.
 */
export function decideGather(reads: SourceReads, policy: StrategyDocument['sources']): GatherDecision {
  const outcomes = Object.fromEntries(SOURCE_KINDS.map(kind => [kind, outcomeOf(reads[kind])])) as SourceOutcomes;
  const degraded: Degradation[] = [];
  for (const kind of SOURCE_KINDS) {
    const read: SourceRead<object> = reads[kind];
    if (hasContent(read)) continue;
    if (policy[kind] === 'required') return { kind: 'fail', outcomes, failure: failureOf(kind, read) };
    degraded.push({ source: kind, reason: read.state === 'failed' ? 'failed' : 'empty' });
  }
  const { baseInfo, talkStyle, knowledge, products } = reads;
  if (!hasContent(baseInfo)) return { kind: 'fail', outcomes, failure: failureOf('baseInfo', baseInfo) };
  return {
    kind: 'proceed',
    outcomes,
    degraded,
    sources: {
      baseInfo: baseInfo.document,
      talkStyle: contentOf(talkStyle),
      knowledge: contentOf(knowledge),
      products: contentOf(products),
    },
  };
}

/** How many things a document holds: its items, or 1 for one that is not a list. */
export function itemCount(document: object): number {
  return 'items' in document && Array.isArray(document.items) ? document.items.length : 1;
}

type Content<D> = Extract<SourceRead<D>, { document: unknown }>;

/** A list that is there but holds nothing is as good as absent. */
function hasContent<D extends object>(read: SourceRead<D>): read is Content<D> {
  return 'document' in read && itemCount(read.document) > 0;
}

function contentOf<D extends object>(read: SourceRead<D>): D | null {
  return hasContent(read) ? read.document : null;
}

function outcomeOf(read: SourceRead<object>): SourceOutcome {
  const ms = Math.round(read.ms * 10) / 10;
  if (!('document' in read)) return { state: read.state, ms };
  const count = itemCount(read.document);
  return { state: count > 0 ? read.state : 'empty', count, digest: read.digest, ms, cached: false };
}

function failureOf(kind: SourceKind, read: SourceRead<object>): CreationFailure {
  const { code, label } = MISSING[kind];
  if (read.state === 'failed')
    return new CreationFailure('source_unreadable', `The task's ${label} could not be read.`, { cause: read.cause });
  return new CreationFailure(code, `The task has no ${label}, and its strategy needs it.`);
}
