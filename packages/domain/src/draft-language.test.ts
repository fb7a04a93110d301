import { describe, expect, test } from '@jest/globals';
import type { RoleProfile } from '@roleforge/contracts';
import { languageProblem } from './draft-language.ts';

const ENGLISH = 'A patient tea adviser who knows every leaf in the shop and explains how to brew it.';
const CHINESE = '茶铺里的导购，认得每一片叶子，耐心讲解怎么冲泡，从不夸大其词。';
const MIXED = '在 Green Gate Tea 工作的导购，熟悉 Longjing 和 Mao Feng，耐心讲解怎么冲泡每一款茶。';
const JAPANESE = 'お茶屋さんの案内係です。お茶の淹れ方を丁寧に説明します。';

const written = (text: string): RoleProfile => ({
  name: 'Mira',
  tagline: text,
  description: text,
  personality: text,
  background: text,
  systemPrompt: text,
  greeting: text,
  alternateGreetings: [],
  talkStyle: { tone: text, rules: [], catchphrases: [], avoid: [] },
  exampleDialogues: [],
  knowledge: [],
  products: [],
  boundaries: [],
  tags: [],
});

describe('the language of a draft', () => {
  test.each([
    ['en-GB', ENGLISH],
    ['de', 'Eine geduldige Beraterin, die jedes Blatt kennt.'],
    ['zh-CN', CHINESE],
    ['zh-CN', MIXED],
    ['ZH', CHINESE],
    ['ja-JP', JAPANESE],
    ['zh-CN', 'Mira'],
    ['en', '茶'],
  ])('fits %s: %s', (locale, text) => {
    expect(languageProblem(written(text), locale)).toBeNull();
  });

  test.each([
    ['en-GB', CHINESE],
    ['fr', CHINESE],
    ['zh-CN', ENGLISH],
    ['zh-TW', JAPANESE.replace(/\p{Script=Han}/gu, '')],
  ])('does not fit %s: %s', (locale, text) => {
    expect(languageProblem(written(text), locale)).toContain(locale);
  });
});
