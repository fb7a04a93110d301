import { describe, expect, test } from '@jest/globals';
import { CreationId, RoleDiff, RoleId, type RoleProfile, StrategyId, TaskId } from '@roleforge/contracts';
import fc from 'fast-check';
import { diffRoles, diffText } from './role-diff.ts';
import type { RoleVersionRecord } from './role-record.ts';
import { TEA_ROLE } from './tea-shop.fixture.ts';

const version = (number: number, changes: Partial<RoleProfile> = {}): RoleVersionRecord => ({
  roleId: RoleId.parse('role_7k2m4p6r8t0v1x3z5b7d9f1h3j'),
  taskId: TaskId.parse('tea-shop'),
  version: number,
  creationId: CreationId.parse('rc_01jd8z0m3x5v7w9y1b3d5f7h9k'),
  locale: 'zh-CN',
  createdAt: new Date('2027-01-01T08:00:00Z'),
  profile: { ...TEA_ROLE, ...changes },
  writer: { kind: 'ai', provider: 'house', model: 'm', strategyId: StrategyId.parse('default'), strategyVersion: 1 },
  provenance: {},
  provenanceItems: {},
  digests: {},
  partDigests: {},
  restoredFrom: null,
  regenerated: null,
  aiProvider: 'house',
});

const diff = (changes: Partial<RoleProfile>, before: Partial<RoleProfile> = {}) =>
  diffRoles(version(1, before), version(2, changes));

describe('two versions of a role', () => {
  test('that say the same do not differ', () => {
    expect(diff({})).toMatchObject({ from: 1, to: 2, parts: [], locale: null, writer: null });
  });

  test('differ in words, as the language has them', () => {
    const shown = diff({ greeting: '您好，喝点绿茶？' }, { greeting: '您好，喝点红茶？' });
    expect(RoleDiff.strict().parse(shown)).toEqual(shown);
    expect(shown.parts).toEqual([
      {
        part: 'greeting',
        change: 'changed',
        before: '您好，喝点红茶？',
        after: '您好，喝点绿茶？',
        words: [
          { op: 'same', text: '您好，喝点' },
          { op: 'removed', text: '红茶' },
          { op: 'added', text: '绿茶' },
          { op: 'same', text: '？' },
        ],
      },
    ]);
  });

  test('differ in entries of knowledge by what they rest on, and in products by their ids', () => {
    const kept = { keys: ['储存'], content: '干燥', sourceIds: [] };
    const { parts } = diff(
      {
        knowledge: [kept, { keys: ['泡'], content: '九十度', sourceIds: ['brewing'] }],
        products: [{ productId: 'maofeng', pitch: '清香' }],
      },
      { knowledge: [{ keys: ['冲泡'], content: '八十度', sourceIds: ['brewing'] }, kept] },
    );
    expect(parts).toMatchObject([
      {
        part: 'knowledge',
        change: 'changed',
        items: [{ key: 'brewing', change: 'changed', after: { content: '九十度' } }],
      },
      {
        part: 'products',
        items: [
          { key: 'longjing', change: 'removed', before: { pitch: '清香' }, after: null },
          { key: 'maofeng', change: 'added', before: null },
        ],
      },
    ]);
  });

  test('differ in other lists by value, equal items counted, and in the talk style by field', () => {
    const { parts } = diff(
      { tags: ['茶', '茶', '绿'], talkStyle: { ...TEA_ROLE.talkStyle, tone: '爽利' } },
      { tags: ['茶', '红'] },
    );
    expect(parts).toMatchObject([
      { part: 'talkStyle', items: [{ key: 'tone', change: 'changed', before: '温和', after: '爽利' }] },
      {
        part: 'tags',
        items: [
          { key: '红', change: 'removed' },
          { key: '茶 #2', change: 'added', after: '茶' },
          { key: '绿', change: 'added' },
        ],
      },
    ]);
  });

  test('have a list added or removed where it was or is empty, and only reordered without items', () => {
    expect(diff({ tags: [] }).parts).toMatchObject([{ part: 'tags', change: 'removed' }]);
    expect(diff({}, { tags: [] }).parts).toMatchObject([{ part: 'tags', change: 'added' }]);
    expect(diff({ tags: ['b', 'a'] }, { tags: ['a', 'b'] }).parts).toMatchObject([{ change: 'changed', items: [] }]);
  });

  test('differ in language and writer', () => {
    const to = version(2);
    const shown = diffRoles(version(1), { ...to, locale: 'en', writer: { ...to.writer, model: 'n' } });
    expect(shown.locale).toEqual({ before: 'zh-CN', after: 'en' });
    expect(shown.writer).toMatchObject({ before: { model: 'm' }, after: { model: 'n' } });
  });
});

describe('the words by which two texts differ', () => {
  const joined = (pieces: ReturnType<typeof diffText>, without: string) =>
    pieces.flatMap(({ op, text }) => (op === without ? [] : text)).join('');

  test('add up to both texts, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b ', '茶', '。', '\n', '🍵', ' '), { maxLength: 40 })
      .map(all => all.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const pieces = diffText(before, after, 'zh-CN');
        expect([joined(pieces, 'added'), joined(pieces, 'removed')]).toEqual([before, after]);
      }),
    );
  });

  test('are lines in texts that differ in very many words, and the whole texts where lines are too many too', () => {
    const words = (word: string) => Array.from({ length: 900 }, (_, n) => `${word}${n}`).join(' ');
    expect(diffText(`same\n${words('a')}`, `same\n${words('b')}`, 'en')).toEqual([
      { op: 'same', text: 'same\n' },
      { op: 'removed', text: words('a') },
      { op: 'added', text: words('b') },
    ]);
    const lines = (word: string) => words(word).replaceAll(' ', '\n');
    expect(diffText(lines('a'), lines('b'), 'en').map(({ op }) => op)).toEqual(['removed', 'added']);
  });
});
