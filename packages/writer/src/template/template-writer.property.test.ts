import { expect, test } from '@jest/globals';
import { BaseInfo, Knowledge, Products, RoleProfile, TalkStyle } from '@roleforge/contracts';
import { draftProblems, type GatheredSources } from '@roleforge/domain';
import fc from 'fast-check';
import { briefFor, contextFor } from '../brief.fixture.ts';
import { createTemplateWriter } from './template-writer.ts';

const UNITS = [
  '茶',
  '。',
  '，',
  ' ',
  '.',
  '!',
  '\n',
  'a',
  'Ab',
  '🍵',
  '\u200b',
  '\u0958',
  '\ud800',
  '“',
  '#',
  '|',
  '？',
  '$&',
];

/** Texts of every length that a source takes, its longest among them. */
const text = (max: number) =>
  fc
    .tuple(fc.array(fc.constantFrom(...UNITS), { minLength: 1, maxLength: 12 }), fc.constantFrom(1, 1, 1, 7, max))
    .map(([units, repeat]) => units.join('').repeat(repeat).slice(0, max))
    .filter(value => value.trim() !== '');
const texts = (count: number, max: number) => fc.array(text(max), { maxLength: count, size: 'max' });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const baseInfo = fc.record({
  name: text(80),
  locale: fc.constantFrom('zh-CN', 'zh', 'ZH-hant', 'en', 'en-GB', 'de', 'xx-Aaaa-AA'),
  gender: maybe(fc.oneof(fc.constantFrom('female', '男'), text(40))),
  age: maybe(fc.oneof(fc.integer({ min: 0, max: 100_000 }), text(40))),
  occupation: maybe(text(200)),
  company: maybe(text(200)),
  background: maybe(text(8000)),
  goals: maybe(texts(20, 500)),
});
const talkStyle = fc.record({
  tone: text(500),
  formality: maybe(text(200)),
  catchphrases: maybe(texts(20, 200)),
  avoid: maybe(texts(50, 500)),
  sampleDialogues: maybe(fc.array(fc.record({ user: text(2000), role: text(2000) }), { maxLength: 20 })),
  emoji: maybe(fc.oneof(fc.boolean(), text(200))),
  replyLength: maybe(text(200)),
});
const id = maybe(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/));
const distinct = { maxLength: 500, selector: (item: { id?: string | undefined }) => item.id ?? Symbol() };
const knowledge = fc.record({
  items: fc.uniqueArray(
    fc.record({
      id,
      title: text(200),
      content: text(20_000),
      tags: maybe(texts(20, 60)),
      weight: maybe(fc.integer({ min: 0, max: 9 })),
    }),
    distinct,
  ),
});
const products = fc.record({
  items: fc.uniqueArray(
    fc.record({
      id,
      name: text(200),
      description: maybe(text(4000)),
      price: maybe(fc.double({ min: 0, max: 1e12, noNaN: true })),
      currency: maybe(fc.constantFrom('CNY', 'USD', 'ZZZ')),
      sellingPoints: maybe(texts(20, 500)),
      url: maybe(fc.constantFrom('https://a.example/x', `https://a.example/${'x'.repeat(1900)}`)),
    }),
    distinct,
  ),
});

test('any sources make a valid role with no made-up id, and the same sources the same role', async () => {
  const writer = createTemplateWriter();
  const context = contextFor();
  await fc.assert(
    fc.asyncProperty(
      baseInfo,
      fc.option(talkStyle),
      fc.option(knowledge),
      fc.option(products),
      async (who, style, known, offered) => {
        const sources: GatheredSources = {
          baseInfo: BaseInfo.parse(who),
          talkStyle: style && TalkStyle.parse(style),
          knowledge: known && Knowledge.parse(known),
          products: offered && Products.parse(offered),
        };
        const { profile } = await writer.write(briefFor(sources), context);
        expect(RoleProfile.parse(profile)).toEqual(profile);
        expect(profile.alternateGreetings.length).toBeGreaterThanOrEqual(2);
        expect(draftProblems(profile, sources)).toEqual([]);
        expect(await writer.write(briefFor(structuredClone(sources)), context)).toMatchObject({ profile });
      },
    ),
    { numRuns: 150 },
  );
});

test('the largest sources there can be make a valid role', async () => {
  const long = (max: number) => 'Long words, 很长的话。'.repeat(max).slice(0, max).trim();
  const many = <T>(count: number, item: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => item(index));
  const sources: GatheredSources = {
    baseInfo: BaseInfo.parse({
      name: long(80),
      locale: 'zh-CN',
      gender: long(40),
      age: long(40),
      occupation: long(200),
      company: `x${long(190)}`,
      background: long(8000),
      goals: many(20, n => `${n}${long(490)}`),
    }),
    talkStyle: TalkStyle.parse({
      tone: long(500),
      formality: long(200),
      catchphrases: many(20, n => `${n}${long(190)}`),
      avoid: many(50, n => `${n}${long(490)}`),
      sampleDialogues: many(20, () => ({ user: long(2000), role: long(2000) })),
      emoji: long(200),
      replyLength: long(200),
    }),
    knowledge: Knowledge.parse({
      items: many(500, n => ({
        id: `k${n}`,
        title: `${n}${long(190)}`,
        content: long(20_000),
        tags: many(20, t => `${t}${long(50)}`),
      })),
    }),
    products: Products.parse({
      items: many(500, n => ({
        id: `p${n}`,
        name: `${n}${long(190)}`,
        description: long(4000),
        price: 1e12,
        currency: 'CNY',
        sellingPoints: many(20, p => `${p}${long(490)}`),
        url: `https://a.example/${'x'.repeat(1970)}`,
      })),
    }),
  };
  for (const locale of ['zh-CN', 'en']) {
    const brief = { ...briefFor(sources), locale };
    const { profile } = await createTemplateWriter().write(brief, contextFor());
    expect(RoleProfile.parse(profile)).toEqual(profile);
    expect(profile.knowledge).toHaveLength(500);
    expect(profile.products).toHaveLength(500);
    expect(profile.systemPrompt).toContain(locale === 'en' ? '## Your limits' : '## 要守的规矩');
  }
});
