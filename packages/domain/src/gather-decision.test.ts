import { describe, expect, test } from '@jest/globals';
import { SOURCE_KINDS, type SourceKind, type SourcePolicy } from '@roleforge/contracts';
import fc from 'fast-check';
import { decideGather, itemCount, type SourceRead, type SourceReads } from './gather-decision.ts';
import { strategyWith, TEA_SHOP } from './tea-shop.fixture.ts';

type State = 'loaded' | 'inline' | 'empty' | 'failed' | 'no items';
type Policy = Record<SourceKind, SourcePolicy>;

const CAUSE = new Error('the database went away');
const LISTS: readonly SourceKind[] = ['knowledge', 'products'];
const MISSING = {
  baseInfo: 'base_info_missing',
  talkStyle: 'talk_style_missing',
  knowledge: 'knowledge_missing',
  products: 'products_missing',
} as const;

function read(kind: SourceKind, state: State): SourceRead<object> {
  if (state === 'empty') return { state, ms: 1 };
  if (state === 'failed') return { state, cause: CAUSE, ms: 1 };
  if (state === 'no items') return { state: 'loaded', document: { items: [] }, digest: 'd0', ms: 1 };
  return { state, document: TEA_SHOP[kind] ?? {}, digest: `digest of ${kind}`, ms: 1 };
}

function reads(states: Partial<Record<SourceKind, State>>): SourceReads {
  return Object.fromEntries(SOURCE_KINDS.map(kind => [kind, read(kind, states[kind] ?? 'loaded')])) as SourceReads;
}

/** The policy's type forbids an optional base info; the rows of the ledger are only data. */
function decide(states: Partial<Record<SourceKind, State>>, policy: Partial<Policy> = {}) {
  const sources = { ...strategyWith().sources, ...policy } as Parameters<typeof decideGather>[1];
  return decideGather(reads(states), sources);
}

const there = (state: State) => state === 'loaded' || state === 'inline';
const statesOf = (kind: SourceKind): State[] => [
  'loaded',
  'inline',
  'empty',
  'failed',
  ...(LISTS.includes(kind) ? (['no items'] as const) : []),
];

const everyCase = SOURCE_KINDS.flatMap(kind =>
  statesOf(kind).flatMap(state =>
    (kind === 'baseInfo' ? (['required'] as const) : (['required', 'optional'] as const)).map(
      policy => [kind, policy, state] as const,
    ),
  ),
);

describe('the gather decision', () => {
  test.each(everyCase)('%s, %s, %s', (kind, policy, state) => {
    const decision = decide({ [kind]: state }, { [kind]: policy });
    if (there(state)) expect(decision).toMatchObject({ kind: 'proceed', degraded: [], sources: TEA_SHOP });
    else if (policy === 'optional')
      expect(decision).toMatchObject({
        kind: 'proceed',
        sources: { ...TEA_SHOP, [kind]: null },
        degraded: [{ source: kind, reason: state === 'failed' ? 'failed' : 'empty' }],
      });
    else if (state === 'failed')
      expect(decision).toMatchObject({
        kind: 'fail',
        failure: { code: 'source_unreadable', retryable: true, owner: 'service', cause: CAUSE },
      });
    else
      expect(decision).toMatchObject({
        kind: 'fail',
        failure: { code: MISSING[kind], retryable: false, owner: 'source' },
      });
  });

  const anyStates = fc.record(
    Object.fromEntries(SOURCE_KINDS.map(kind => [kind, fc.constantFrom(...statesOf(kind))])) as Record<
      SourceKind,
      fc.Arbitrary<State>
    >,
  );
  const policyOf = fc.constantFrom<SourcePolicy>('required', 'optional');
  const anyPolicy = fc.record({
    baseInfo: fc.constant('required' as const),
    talkStyle: policyOf,
    knowledge: policyOf,
    products: policyOf,
  });

  test('proceeds exactly when every required source has content', () => {
    fc.assert(
      fc.property(anyStates, anyPolicy, (states, policy) => {
        const complete = SOURCE_KINDS.every(kind => policy[kind] === 'optional' || there(states[kind]));
        expect(decide(states, policy).kind).toBe(complete ? 'proceed' : 'fail');
      }),
      { numRuns: 500 },
    );
  });

  test('names as degraded exactly the optional sources without content, and hands on all the others', () => {
    fc.assert(
      fc.property(anyStates, anyPolicy, (states, policy) => {
        const decision = decide({ ...states, baseInfo: 'loaded' }, policy);
        if (decision.kind !== 'proceed') return;
        const without = SOURCE_KINDS.filter(kind => kind !== 'baseInfo' && !there(states[kind]));
        expect(decision.degraded.map(gone => 'source' in gone && gone.source)).toEqual(without);
        for (const kind of SOURCE_KINDS)
          expect(decision.sources[kind]).toEqual(without.includes(kind) ? null : TEA_SHOP[kind]);
      }),
      { numRuns: 500 },
    );
  });

  test('tells what became of all four sources, whether it proceeds or not', () => {
    for (const baseInfo of ['inline', 'empty'] as const)
      expect(decide({ baseInfo, talkStyle: 'failed', products: 'no items' }).outcomes).toEqual({
        baseInfo:
          baseInfo === 'inline'
            ? { state: 'inline', count: 1, digest: 'digest of baseInfo', ms: 1, cached: false }
            : { state: 'empty', ms: 1 },
        talkStyle: { state: 'failed', ms: 1 },
        knowledge: { state: 'loaded', count: 1, digest: 'digest of knowledge', ms: 1, cached: false },
        products: { state: 'empty', count: 0, digest: 'd0', ms: 1, cached: false },
      });
  });

  test('does without no base info, even where a policy says so', () => {
    expect(decide({ baseInfo: 'empty' }, { baseInfo: 'optional' })).toMatchObject({
      kind: 'fail',
      failure: { code: 'base_info_missing' },
    });
  });

  test('says which source is missing, and shows neither its cause nor its text', () => {
    const decision = decide({ talkStyle: 'failed' }, { talkStyle: 'required' });
    if (decision.kind !== 'fail') throw new Error('it proceeded');
    expect(decision.failure.message).toContain('talk style');
    expect(JSON.stringify(decision)).not.toContain(CAUSE.message);
  });

  test('gives times in tenths of a millisecond', () => {
    const slow = { ...reads({}), talkStyle: { state: 'empty', ms: 12.345_678 } as const };
    expect(decideGather(slow, strategyWith().sources).outcomes.talkStyle.ms).toBe(12.3);
  });
});

describe('a stale copy', () => {
  const stale = (ageMs: number): SourceRead<object> => ({
    state: 'stale',
    document: { items: [{ id: 'old', title: 'Old', content: 'x' }] },
    digest: 'old digest',
    ms: 1,
    from: 'redis',
    ageMs,
    cause: CAUSE,
  });
  const decideStale = (ageMs: number, policy: SourcePolicy) => {
    const sources = { ...strategyWith().sources, knowledge: policy };
    return decideGather({ ...reads({}), knowledge: stale(ageMs) } as SourceReads, sources);
  };
  const staleOk = { policy: 'staleOk', maxAgeSeconds: 60 } as const;

  test('will do where the policy says so, up to that age, and is named with it', () => {
    const decision = decideStale(59_001, staleOk);
    expect(decision).toMatchObject({
      kind: 'proceed',
      sources: { knowledge: { items: [{ id: 'old' }] } },
      degraded: [{ source: 'knowledge', reason: 'stale', ageSeconds: 60 }],
    });
    expect(decision.outcomes.knowledge).toEqual({
      state: 'stale',
      count: 1,
      digest: 'old digest',
      ms: 1,
      cached: true,
      cache: 'redis',
      ageSeconds: 60,
    });
    expect(decideStale(60_000, staleOk).outcomes.knowledge.state).toBe('stale');
  });

  test.each([
    ['too old', 60_001, staleOk],
    ['not asked for', 1, 'optional'],
  ] as const)('that is %s is as if there were none', (_, ageMs, policy) => {
    expect(decideStale(ageMs, policy)).toMatchObject({
      kind: 'proceed',
      sources: { knowledge: null },
      degraded: [{ source: 'knowledge', reason: 'failed' }],
      outcomes: { knowledge: { state: 'failed' } },
    });
  });

  test('of what is required ends the attempt, with the reason why it was not read', () => {
    expect(decideStale(1, 'required')).toMatchObject({
      kind: 'fail',
      failure: { code: 'source_unreadable', cause: CAUSE },
    });
  });

  test('of base info will do by its policy, but none at all will not', () => {
    const sources = { ...strategyWith().sources, baseInfo: staleOk };
    const old = { ...stale(1_000), document: TEA_SHOP.baseInfo };
    expect(decideGather({ ...reads({}), baseInfo: old } as SourceReads, sources)).toMatchObject({
      kind: 'proceed',
      degraded: [{ source: 'baseInfo', reason: 'stale', ageSeconds: 1 }],
    });
    const tooOld = { ...old, ageMs: 61_000 };
    expect(decideGather({ ...reads({}), baseInfo: tooOld } as SourceReads, sources)).toMatchObject({
      kind: 'fail',
      failure: { code: 'source_unreadable' },
    });
    expect(decideGather(reads({ baseInfo: 'empty' }), sources)).toMatchObject({
      kind: 'fail',
      failure: { code: 'base_info_missing' },
    });
  });
});

test('a copy is told from what was read, and from where it came', () => {
  const given = reads({ products: 'empty' });
  for (const [kind, from] of [
    ['baseInfo', 'mysql'],
    ['talkStyle', 'memory'],
    ['products', 'redis'],
  ] as const)
    Object.assign(given[kind], { from });
  expect(decideGather(given, strategyWith().sources).outcomes).toMatchObject({
    baseInfo: { cached: false, cache: 'miss' },
    talkStyle: { cached: true, cache: 'memory' },
    products: { state: 'empty', cached: true, cache: 'redis' },
  });
});

test('a list counts its items, any other document counts as one', () => {
  expect(itemCount({ items: [1, 2, 3] })).toBe(3);
  expect(itemCount({ items: [] })).toBe(0);
  expect(itemCount({ tone: 'warm' })).toBe(1);
});
