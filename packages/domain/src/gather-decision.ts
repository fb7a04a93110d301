import {
  type Degradation,
  type FailureCode,
  SOURCE_KINDS,
  type SourceDocuments,
  type SourceKind,
  type SourceOutcome,
  type SourceOutcomes,
  type SourcePolicy,
  type StrategyDocument,
} from '@roleforge/contracts';
import { CreationFailure } from './failures.ts';
import type { SourceOrigin } from './source-copy.ts';
import { digestOf, withItemIds } from './source-items.ts';

/** What reading one source came to. `ms` is how long it took, `from` where what was read stood: MySQL where absent. */
export type SourceRead<Document> =
  | { state: 'loaded' | 'inline'; document: Document; digest: string; ms: number; from?: SourceOrigin }
  /** It could not be read, for this cause, but a copy is kept that was read `ageMs` milliseconds ago. */
  | {
      state: 'stale';
      document: Document;
      digest: string;
      ms: number;
      from: SourceOrigin;
      ageMs: number;
      cause: unknown;
    }
  | { state: 'empty'; ms: number; from?: SourceOrigin }
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
 * that could not be read ends the attempt, an optional one is gone without and named in `degraded`. A stale copy stands in
 * for what could not be read where the policy says so and it is young enough; anywhere else it is as if there were none.
 */
export function decideGather(given: SourceReads, policy: StrategyDocument['sources']): GatherDecision {
  const reads = Object.fromEntries(
    SOURCE_KINDS.map(kind => [kind, withoutUnwantedCopy<object>(given[kind], policy[kind])]),
  ) as SourceReads;
  const outcomes = Object.fromEntries(SOURCE_KINDS.map(kind => [kind, outcomeOf(reads[kind])])) as SourceOutcomes;
  const degraded: Degradation[] = [];
  for (const kind of SOURCE_KINDS) {
    const read: SourceRead<object> = reads[kind];
    if (hasContent(read)) {
      if (read.state === 'stale') degraded.push({ source: kind, reason: 'stale', ageSeconds: ageSeconds(read) });
      continue;
    }
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

function withoutUnwantedCopy<D>(read: SourceRead<D>, policy: SourcePolicy): SourceRead<D> {
  if (read.state !== 'stale') return read;
  if (typeof policy === 'object' && read.ageMs <= policy.maxAgeSeconds * 1_000) return read;
  return { state: 'failed', cause: read.cause, ms: read.ms };
}

/** In whole seconds, rounded up: a copy is never made out younger than it is. */
function ageSeconds({ ageMs }: { ageMs: number }): number {
  return Math.ceil(ageMs / 1_000);
}

/** What came along with a request, as a read: it stands in for what is stored. */
export function inlineRead<K extends SourceKind>(given: SourceDocuments[K]): SourceRead<SourceDocuments[K]> {
  const document = withItemIds(given);
  return { state: 'inline', document, digest: digestOf(document), ms: 0 };
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
  if (!('document' in read)) return { state: read.state, ms, ...('from' in read ? cacheOf(read.from) : {}) };
  const count = itemCount(read.document);
  return {
    state: count > 0 ? read.state : 'empty',
    count,
    digest: read.digest,
    ms,
    cached: false,
    ...cacheOf(read.from),
    ...(read.state === 'stale' ? { ageSeconds: ageSeconds(read) } : {}),
  };
}

function cacheOf(from: SourceOrigin | undefined): Pick<SourceOutcome, 'cached' | 'cache'> {
  if (from === undefined) return {};
  return from === 'mysql' ? { cached: false, cache: 'miss' } : { cached: true, cache: from };
}

function failureOf(kind: SourceKind, read: SourceRead<object>): CreationFailure {
  const { code, label } = MISSING[kind];
  if (read.state === 'failed')
    return new CreationFailure('source_unreadable', `The task's ${label} could not be read.`, { cause: read.cause });
  return new CreationFailure(code, `The task has no ${label}, and its strategy needs it.`);
}
