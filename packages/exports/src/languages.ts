import type { AiLabel } from '@roleforge/contracts';

/** What an export says in its own words, in one language. */
type Wording = {
  personality: string;
  background: string;
  talkStyle: string;
  tone: (tone: string) => string;
  catchphrase: (phrase: string) => string;
  avoid: (what: string) => string;
  boundaries: string;
  knowledge: string;
  products: string;
  examples: string;
  user: string;
  firstMessage: string;
  label: (label: AiLabel) => string;
};

const EN: Wording = {
  personality: 'Personality',
  background: 'Background',
  talkStyle: 'How you speak',
  tone: tone => `Tone: ${tone}`,
  catchphrase: phrase => `A phrase of yours: “${phrase}”`,
  avoid: what => `Avoid: ${what}`,
  boundaries: 'What you do not do',
  knowledge: 'What you know',
  products: 'What you can recommend',
  examples: 'Examples',
  user: 'User',
  firstMessage: 'Your first message',
  label: ({ aiGenerated, provider, contentId }) =>
    `${aiGenerated ? 'AI-generated content' : 'Content generated from templates, without an AI model'} · provider: ${provider} · content number: ${contentId}`,
};

const ZH: Wording = {
  personality: '性格',
  background: '背景',
  talkStyle: '说话方式',
  tone: tone => `语气：${tone}`,
  catchphrase: phrase => `口头禅：“${phrase}”`,
  avoid: what => `避免：${what}`,
  boundaries: '不做的事',
  knowledge: '知识',
  products: '可以推荐的产品',
  examples: '示例对话',
  user: '用户',
  firstMessage: '开场白',
  label: ({ aiGenerated, provider, contentId }) =>
    `${aiGenerated ? '本内容由人工智能生成' : '本内容由模板生成，未使用人工智能模型'} · 提供者：${provider} · 内容编号：${contentId}`,
};

/** The ISO 639-1 code of a locale's language; `en` where it has none. */
export function languageOf(locale: string): string {
  try {
    const { language } = new Intl.Locale(locale);
    return language.length === 2 ? language : 'en';
  } catch {
    return 'en';
  }
}

/** The words for a locale: Chinese for Chinese, English for all others. */
export function wordingFor(locale: string): Wording {
  return languageOf(locale) === 'zh' ? ZH : EN;
}
