import { describe, expect, test } from '@jest/globals';
import { type BaseInfo, type Knowledge, SOURCE_KINDS, type TalkStyle } from '@roleforge/contracts';
import fc from 'fast-check';
import type { GatheredSources } from './gather-decision.ts';
import { fitToBudgets, withFits } from './source-budget.ts';
import { TEA_SHOP } from './tea-shop.fixture.ts';

const PLENTY = { baseInfo: 4_000, talkStyle: 4_000, knowledge: 12_000, products: 6_000 };
/** A token of one's own: a character. */
const count = (text: string) => text.length;
const costOf = (item: object) => count(JSON.stringify([item], null, 1));
const cut = (sources: Partial<GatheredSources>, budgets: Partial<typeof PLENTY> = {}) =>
  fitToBudgets({ ...TEA_SHOP, ...sources }, { ...PLENTY, ...budgets }, count);

type Item = Knowledge['items'][number];
const item = (id: string, size: number, weight?: number): Item => ({
  id,
  title: 't',
  content: 'x'.repeat(size),
  ...(weight === undefined ? {} : { weight }),
});
const idsOf = (document: { items: { id?: string | undefined }[] } | null) => document?.items.map(each => each.id) ?? [];

const anyItems = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 400 }), weight: fc.option(fc.integer({ min: 0, max: 5 })) }), {
    maxLength: 40,
  })
  .map(sizes => sizes.map(({ size, weight }, index) => item(`k${index}`, size, weight ?? undefined)));
const anyBudget = fc.integer({ min: 100, max: 6_000 });

describe('knowledge within its budget', () => {
  test('is never over it, stands in the document’s order, and what is left out is counted', () => {
    fc.assert(
      fc.property(anyItems, anyBudget, (items, budget) => {
        const { sources, fits } = cut({ knowledge: { items } }, { knowledge: budget });
        const kept = sources.knowledge?.items ?? [];
        expect(kept).toEqual(items.filter(each => kept.includes(each)));
        const tokens = kept.reduce((sum, each) => sum + costOf(each), 0);
        expect(tokens).toBeLessThanOrEqual(budget);
        expect(fits.knowledge).toEqual({ tokens, leftOut: items.length - kept.length });
      }),
    );
  });

  test('an item is never left out for a lighter one, or a later one of its weight, that is no smaller', () => {
    fc.assert(
      fc.property(anyItems, anyBudget, (items, budget) => {
        const kept = new Set(idsOf(cut({ knowledge: { items } }, { knowledge: budget }).sources.knowledge));
        const weight = (each: Item) => each.weight ?? 1;
        items.forEach((out, index) => {
          if (kept.has(out.id)) return;
          const beaten = items.some(
            (taken, at) =>
              kept.has(taken.id) &&
              (weight(taken) < weight(out) || (weight(taken) === weight(out) && at > index)) &&
              costOf(taken) >= costOf(out),
          );
          expect(beaten).toBe(false);
        });
      }),
    );
  });

  test('holds all that there is room for: nothing left out would still fit', () => {
    fc.assert(
      fc.property(anyItems, anyBudget, (items, budget) => {
        const { sources, fits } = cut({ knowledge: { items } }, { knowledge: budget });
        const kept = new Set(idsOf(sources.knowledge));
        const room = budget - (fits.knowledge?.tokens ?? 0);
        for (const each of items) if (!kept.has(each.id)) expect(costOf(each)).toBeGreaterThan(room);
      }),
    );
  });

  test('comes out the same when it is cut again', () => {
    fc.assert(
      fc.property(anyItems, anyBudget, (items, budget) => {
        const once = cut({ knowledge: { items } }, { knowledge: budget }).sources;
        const twice = cut(once, { knowledge: budget });
        expect(twice.sources.knowledge).toEqual(once.knowledge);
        expect(twice.degraded).toEqual([]);
      }),
    );
  });

  test('an item larger than the whole budget makes way for smaller ones, however heavy it is', () => {
    const items = [item('huge', 5_000, 1_000), item('small', 20), item('light', 20, 0)];
    const { sources, degraded } = cut({ knowledge: { items } }, { knowledge: 500 });
    expect(idsOf(sources.knowledge)).toEqual(['small', 'light']);
    expect(degraded).toEqual([{ source: 'knowledge', reason: 'trimmed', leftOut: 1 }]);
  });

  test('is gone where nothing of it fits', () => {
    const { sources, fits } = cut({ knowledge: { items: [item('huge', 5_000)] } }, { knowledge: 100 });
    expect(sources.knowledge).toBeNull();
    expect(fits.knowledge).toEqual({ tokens: 0, leftOut: 1 });
  });
});

test('products are taken by their order', () => {
  const items = Array.from({ length: 10 }, (_, n) => ({ id: `p${n}`, name: 'Tea', description: 'x'.repeat(100) }));
  const { sources } = cut({ products: { items } }, { products: 500 });
  expect(idsOf(sources.products)).toEqual(['p0', 'p1', 'p2']);
});

describe('base info within its budget', () => {
  const who = { name: '茶小满', locale: 'zh-CN', occupation: '茶艺师' };
  const background = '她在茶园长大。后来去了杭州！现在开店。';

  test('loses goals from the last, and keeps the background while that is enough', () => {
    const goals = Array.from({ length: 10 }, (_, n) => `goal ${n} ${'x'.repeat(50)}`);
    const { sources, degraded } = cut({ baseInfo: { ...who, background, goals } }, { baseInfo: 300 });
    const kept = sources.baseInfo.goals ?? [];
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(goals.slice(0, kept.length));
    expect(sources.baseInfo).toMatchObject({ ...who, background });
    expect(degraded).toEqual([{ source: 'baseInfo', reason: 'trimmed', leftOut: goals.length - kept.length }]);
  });

  test('has its background cut at the end of a sentence', () => {
    const { sources, fits } = cut({ baseInfo: { ...who, background: background.repeat(30) } }, { baseInfo: 200 });
    expect(sources.baseInfo.background).toMatch(/^她在茶园长大。.*[。！]$/);
    expect(fits.baseInfo).toMatchObject({ leftOut: 1 });
    expect(fits.baseInfo?.tokens).toBeLessThanOrEqual(200);
  });

  const anyBaseInfo = fc.record(
    {
      name: fc.constant('Mira'),
      locale: fc.constant('en'),
      background: fc.lorem({ mode: 'sentences', maxCount: 20 }),
      goals: fc.array(fc.lorem({ maxCount: 8 }), { maxLength: 20 }),
    },
    { requiredKeys: ['name', 'locale'] },
  );

  test('is never over it but by who the role is, and loses nothing where all of it fits', () => {
    fc.assert(
      fc.property(anyBaseInfo, anyBudget, (given, budget) => {
        const baseInfo = given as BaseInfo;
        const { sources, fits } = cut({ baseInfo }, { baseInfo: budget });
        const bare = { name: baseInfo.name, locale: baseInfo.locale };
        if ((fits.baseInfo?.tokens ?? 0) > budget) expect(sources.baseInfo).toEqual(bare);
        if (count(JSON.stringify(baseInfo, null, 1)) <= budget) expect(sources.baseInfo).toEqual(baseInfo);
        expect(sources.baseInfo).toMatchObject(bare);
      }),
    );
  });
});

describe('the talk style within its budget', () => {
  const talkStyle: TalkStyle = {
    tone: 'warm',
    catchphrases: ['Slow sips.', 'No rush.'],
    avoid: Array.from({ length: 4 }, (_, n) => `never ${n}`),
    sampleDialogues: Array.from({ length: 20 }, () => ({ user: 'x'.repeat(40), role: 'y'.repeat(40) })),
  };

  test('loses what shows it before what says it', () => {
    const { sources, fits } = cut({ talkStyle }, { talkStyle: 600 });
    expect(sources.talkStyle).toMatchObject({ catchphrases: talkStyle.catchphrases, avoid: talkStyle.avoid });
    const kept = sources.talkStyle?.sampleDialogues?.length ?? 0;
    expect(kept).toBeGreaterThan(0);
    expect(fits.talkStyle).toMatchObject({ leftOut: 20 - kept });
  });

  test('keeps its tone, whatever goes', () => {
    const { sources, degraded } = cut({ talkStyle }, { talkStyle: 10 });
    expect(sources.talkStyle).toEqual({ tone: 'warm' });
    expect(degraded).toEqual([{ source: 'talkStyle', reason: 'trimmed', leftOut: 26 }]);
  });
});

test('what fits goes through as it is, and is counted', () => {
  const { sources, fits, degraded } = cut({ talkStyle: null });
  expect(sources).toEqual({ ...TEA_SHOP, talkStyle: null });
  expect(degraded).toEqual([]);
  const loaded = { state: 'loaded' } as const;
  const outcomes = { baseInfo: loaded, talkStyle: { state: 'empty' as const }, knowledge: loaded, products: loaded };
  for (const kind of SOURCE_KINDS)
    expect(withFits(outcomes, fits)[kind]).toEqual(
      kind === 'talkStyle' ? { state: 'empty' } : { state: 'loaded', tokens: expect.any(Number) },
    );
});
