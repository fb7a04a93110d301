import { EXPORT_FORMATS, type ExportFormat, Role, type RoleProfile } from '@roleforge/contracts';
import fc from 'fast-check';

export const ALL_FORMATS = Object.keys(EXPORT_FORMATS) as ExportFormat[];

const ZH: RoleProfile = {
  name: '茶小满',
  tagline: '懂茶的朋友',
  description: '茶小满是一位茶艺师。',
  personality: '温和',
  background: '在茶园长大',
  systemPrompt: '你是茶小满。',
  greeting: '您好，喝点什么？',
  alternateGreetings: ['今天想喝绿茶吗？'],
  talkStyle: { tone: '温和', rules: ['先问再荐'], catchphrases: ['慢慢喝'], avoid: ['催促'] },
  exampleDialogues: [{ user: '怎么泡？', role: '八十度的水。' }],
  knowledge: [{ keys: ['冲泡', '水温'], content: '八十度，两分钟', sourceIds: ['brewing'] }],
  products: [{ productId: 'longjing', pitch: '清香' }],
  boundaries: ['不自称真人'],
  tags: ['茶'],
};

const EN: RoleProfile = {
  ...ZH,
  name: 'Ridge',
  tagline: 'Knows every trail',
  description: 'Ridge sells outdoor gear.',
  personality: 'Calm',
  background: 'Grew up in a hut.',
  systemPrompt: 'You are Ridge.',
  greeting: 'Where to?',
  alternateGreetings: [],
  talkStyle: { tone: 'dry', rules: ['Ask first'], catchphrases: [], avoid: ['hurry'] },
  exampleDialogues: [
    { user: 'Which stove?', role: 'The small one.' },
    { user: 'And a tent?', role: 'Yours is fine.' },
  ],
  knowledge: [],
  products: [],
  boundaries: ['Never says that it is human'],
  tags: ['outdoor'],
};

/** A role with this profile, as the API has it. */
export function roleWith(profile: RoleProfile, changes: Partial<Role> = {}): Role {
  const id = 'role_7k2m4p6r8t0v1x3z5b7d9f1h3j';
  return {
    ...Role.parse({
      id,
      object: 'role',
      taskId: 'tea-shop',
      version: 2,
      locale: 'zh-CN',
      creationId: 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k',
      createdAt: '2027-01-01T08:00:00.900Z',
      profile: ZH,
      writer: { kind: 'ai', provider: 'openai', model: 'gpt-test', strategyId: 'default', strategyVersion: 1 },
      provenance: { greeting: ['baseInfo', 'talkStyle'] },
      aiLabel: { aiGenerated: true, provider: 'openai', contentId: `${id}.v2` },
      provenanceItems: {},
      restoredFrom: null,
      regenerated: null,
      stale: [],
    }),
    profile,
    ...changes,
  };
}

export const CHINESE_ROLE = roleWith(ZH);
export const ENGLISH_ROLE = roleWith(EN, { locale: 'en-GB' });

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).map(drawn => drawn.trim() || 'x');
const texts = (maxLength: number, most: number) => fc.array(text(maxLength), { maxLength: most });

/** Profiles of any size that the contract allows in kind, in any script, with emoji. */
const anyProfile: fc.Arbitrary<RoleProfile> = fc.record({
  name: text(80),
  tagline: text(300),
  description: text(2000),
  personality: text(100),
  background: text(100),
  systemPrompt: text(400),
  greeting: text(100),
  alternateGreetings: texts(100, 3),
  talkStyle: fc.record({ tone: text(50), rules: texts(50, 3), catchphrases: texts(50, 3), avoid: texts(50, 3) }),
  exampleDialogues: fc.array(fc.record({ user: text(100), role: text(100) }), { maxLength: 6 }),
  knowledge: fc.array(
    fc.record({
      keys: fc.array(text(20), { minLength: 1, maxLength: 3 }),
      content: text(200),
      sourceIds: texts(20, 2),
    }),
    { maxLength: 5 },
  ),
  products: fc.array(fc.record({ productId: text(20), pitch: text(100) }), { maxLength: 3 }),
  boundaries: texts(50, 3),
  tags: texts(20, 3),
});

export const anyRole = fc
  .tuple(anyProfile, fc.constantFrom('zh-CN', 'zh-Hant-TW', 'en', 'de-AT', 'yue', 'fil'), fc.boolean())
  .map(([profile, locale, aiGenerated]) =>
    roleWith(profile, { locale, aiLabel: { aiGenerated, provider: 'a provider', contentId: 'role_1.v2' } }),
  );
