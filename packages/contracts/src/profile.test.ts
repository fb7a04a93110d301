import { describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS, RoleProfile } from './profile.ts';
import { pathsRefused } from './refused-paths.fixture.ts';
import { Role } from './roles.ts';

const PROFILE = {
  name: '茶小满',
  tagline: '懂茶的朋友',
  description: '茶小满是一位茶艺师。',
  personality: '温和',
  background: '在茶园长大',
  systemPrompt: '你是茶小满。',
  greeting: '您好，喝点什么？',
  alternateGreetings: ['今天想喝绿茶吗？'],
  talkStyle: { tone: '温和', rules: ['先问再荐'], catchphrases: ['慢慢喝'], avoid: [] },
  exampleDialogues: [{ user: '怎么泡？', role: '八十度的水。' }],
  knowledge: [{ keys: ['冲泡'], content: '八十度，两分钟', sourceIds: ['brewing'] }],
  products: [{ productId: 'longjing', pitch: '清香' }],
  boundaries: ['不自称真人'],
  tags: ['茶'],
};

/** A role as the contract shows it. */
const ROLE = {
  id: 'role_7k2m4p6r8t0v1x3z5b7d9f1h3j',
  object: 'role',
  taskId: 'tea-shop',
  version: 2,
  locale: 'zh-CN',
  creationId: 'rc_01jd8z0m3x5v7w9y1b3d5f7h9k',
  createdAt: '2027-01-01T08:00:00.000Z',
  profile: PROFILE,
  writer: { kind: 'ai', provider: 'openai', model: 'm1', strategyId: 'default', strategyVersion: 1 },
  provenance: { greeting: ['baseInfo', 'talkStyle'] },
  provenanceItems: { products: { products: ['p-green'] } },
  restoredFrom: null,
  regenerated: { fromVersion: 1, sections: ['products'] },
  aiLabel: { aiGenerated: true, provider: 'openai', contentId: 'c' },
  stale: ['greeting'],
};

describe("a role's profile", () => {
  test('is as the contract shows it', () => {
    expect(RoleProfile.parse(PROFILE)).toEqual(PROFILE);
    expect(PROFILE_PARTS).toEqual(Object.keys(PROFILE));
  });

  test.each(PROFILE_PARTS)('is refused without its %s', part => {
    const { [part]: _, ...rest } = PROFILE;
    expect(pathsRefused(RoleProfile, rest)).toEqual([`/${part}`]);
  });

  test.each([
    ['/greeting', { greeting: ' \n ' }],
    ['/systemPrompt', { systemPrompt: 'x'.repeat(20_001) }],
    ['/alternateGreetings', { alternateGreetings: Array(11).fill('a') }],
    ['/knowledge/0/keys', { knowledge: [{ keys: [], content: 'c', sourceIds: [] }] }],
    ['/talkStyle/rules/0', { talkStyle: { ...PROFILE.talkStyle, rules: [''] } }],
  ])('is refused at %s', (path, changes) => {
    expect(pathsRefused(RoleProfile, { ...PROFILE, ...changes })).toEqual([path]);
  });

  test('loses what a model added of its own', () => {
    expect(RoleProfile.parse({ ...PROFILE, mood: 'good' })).toEqual(PROFILE);
  });
});

describe('a role', () => {
  test('is as the contract shows it', () => {
    expect(Role.strict().parse(ROLE)).toEqual(ROLE);
  });

  test('names parts and sources that exist', () => {
    expect(pathsRefused(Role, { ...ROLE, stale: ['mood'] })).toEqual(['/stale/0']);
    expect(pathsRefused(Role, { ...ROLE, provenance: { greeting: ['mood'] } })).toEqual(['/provenance/greeting/0']);
    expect(pathsRefused(Role, { ...ROLE, provenance: { mood: ['baseInfo'] } })).toHaveLength(1);
    const items = { mood: { knowledge: ['k'] } };
    expect(pathsRefused(Role, { ...ROLE, provenanceItems: items })).toHaveLength(1);
  });
});
