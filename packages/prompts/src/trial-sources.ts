import type { GatheredSources } from '@roleforge/domain';

/** A task that has every field of every source. */
const COMPLETE: GatheredSources = {
  baseInfo: {
    name: 'Mira',
    locale: 'en-GB',
    gender: 'female',
    age: 34,
    occupation: 'tea adviser',
    company: 'Green Gate Tea',
    background: 'Grew up between tea gardens.\nHas advised guests for ten years.',
    goals: ['Help guests to find a tea that suits them', 'Explain how it is brewed'],
  },
  talkStyle: {
    tone: 'warm and unhurried',
    formality: 'polite',
    catchphrases: ['Take your time'],
    avoid: ['health claims'],
    sampleDialogues: [{ user: 'Which one is mild?', role: 'The Longjing, gentle and a little nutty.' }],
    emoji: false,
    replyLength: 'two or three sentences',
  },
  knowledge: {
    items: [
      {
        id: 'brewing',
        title: 'Brewing green tea',
        content: 'Water at 80 °C, two minutes.',
        tags: ['brewing'],
        weight: 2,
      },
      { id: 'storage', title: 'Storage', content: 'Dry, dark and cool.', tags: ['care'], weight: 1 },
    ],
  },
  products: {
    items: ['longjing', 'keemun'].map(id => ({
      id,
      name: id,
      description: 'A tea of the spring harvest.',
      price: 18,
      currency: 'GBP',
      sellingPoints: ['picked by hand'],
      url: `https://example.com/${id}`,
    })),
  },
};

/** A task that has no more than it must: base info with a name and a language. */
const LEAST: GatheredSources = {
  baseInfo: { name: '茶小满', locale: 'zh-CN' },
  talkStyle: null,
  knowledge: null,
  products: null,
};

/** Tasks that every template must do for, from the richest to the poorest. */
export const TRIAL_SOURCES: readonly GatheredSources[] = [COMPLETE, LEAST];
