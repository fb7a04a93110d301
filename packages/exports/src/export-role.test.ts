import { describe, expect, test } from '@jest/globals';
import type { Role } from '@roleforge/contracts';
import fc from 'fast-check';
import { decode } from 'fast-png';
import { strFromU8, unzipSync } from 'fflate';
import { toCharacterCard } from './character-card.ts';
import { exportRole } from './export-role.ts';
import { ALL_FORMATS, anyRole, CHINESE_ROLE, ENGLISH_ROLE, roleWith } from './roles.fixture.ts';

/** The card in a PNG, read as its readers do. */
function cardInPng(png: Uint8Array): object {
  return JSON.parse(Buffer.from(decode(png, { checkCrc: true }).text.ccv3 as string, 'base64').toString('utf8'));
}

const png = (role: Role) => exportRole(role, 'character-card-v3-png').content as Uint8Array;
const charx = (role: Role) => unzipSync(exportRole(role, 'character-card-v3-charx').content as Uint8Array);
const textOf = (role: Role, format: (typeof ALL_FORMATS)[number]) => exportRole(role, format).content as string;

describe('the label of what a machine wrote', () => {
  const { contentId } = CHINESE_ROLE.aiLabel;

  test('stands where each format has room for it', () => {
    const of = (format: (typeof ALL_FORMATS)[number]) => JSON.parse(textOf(CHINESE_ROLE, format));
    expect(of('json').aiLabel).toEqual(CHINESE_ROLE.aiLabel);
    const { data } = of('character-card-v3');
    expect(data.extensions.roleforge.aiLabel).toEqual(CHINESE_ROLE.aiLabel);
    expect(data.creator_notes).toContain('人工智能生成');
    expect(of('elizaos').settings.roleforge.aiLabel).toEqual(CHINESE_ROLE.aiLabel);
    expect(of('elizaos')).not.toHaveProperty('secrets');
    expect(of('coze').description).toContain(contentId);
    expect(of('coze').prompt_info.prompt).toContain(contentId);
    expect(of('openai').metadata).toMatchObject({ aiGenerated: 'true', aiProvider: 'openai', contentId });
  });

  test('is the last that one reads of a system prompt, in its language', () => {
    expect(textOf(CHINESE_ROLE, 'markdown').trimEnd().split('\n').at(-1)).toBe(
      `*本内容由人工智能生成 · 提供者：openai · 内容编号：${contentId}*`,
    );
    expect(textOf(ENGLISH_ROLE, 'markdown').trimEnd().split('\n').at(-1)).toMatch(/^\*AI-generated content/);
  });

  test('does not say AI of what a template made', () => {
    const aiLabel = { aiGenerated: false, provider: 'roleforge', contentId: 'c' };
    expect(textOf({ ...ENGLISH_ROLE, aiLabel }, 'markdown')).toContain('without an AI model');
    expect(textOf({ ...ENGLISH_ROLE, aiLabel }, 'markdown')).not.toContain('AI-generated');
  });
});

describe('a system prompt', () => {
  test('holds every part of the profile', () => {
    const markdown = textOf(CHINESE_ROLE, 'markdown');
    const { name, systemPrompt, knowledge, products, boundaries, exampleDialogues } = CHINESE_ROLE.profile;
    for (const part of [name, systemPrompt, knowledge[0]?.content, products[0]?.pitch, boundaries[0]])
      expect(markdown).toContain(part);
    expect(markdown).toContain(exampleDialogues[0]?.role);
  });

  test('has no heading over nothing', () => {
    expect(textOf(ENGLISH_ROLE, 'markdown')).not.toContain('What you know');
  });
});

describe('a card in a picture', () => {
  test('comes out as it went in, whatever the role', () => {
    fc.assert(
      fc.property(anyRole, role => expect(cardInPng(png(role))).toEqual(toCharacterCard(role))),
      { numRuns: 5 },
    );
  });

  test('comes out of a role of two megabytes, too', () => {
    const content = '茶叶与水温。'.repeat(600);
    const knowledge = Array.from({ length: 200 }, () => ({ keys: ['茶'], content, sourceIds: [] }));
    const role = roleWith({ ...CHINESE_ROLE.profile, knowledge });
    expect(cardInPng(png(role))).toEqual(toCharacterCard(role));
  });

  test('is a portrait of at least 400 by 600, small, the same each time, and another for another role', () => {
    const [first, again] = [png(CHINESE_ROLE), png(CHINESE_ROLE)];
    expect(first).toEqual(again);
    expect(first.length).toBeLessThan(60_000);
    const { width, height, data } = decode(first);
    expect([width >= 400, height >= 600]).toEqual([true, true]);
    const other = { ...CHINESE_ROLE, id: 'role_00000000000000000000000000' as Role['id'] };
    expect(Buffer.compare(Buffer.from(decode(png(other)).data.buffer), Buffer.from(data.buffer))).not.toBe(0);
  });
});

describe('a .charx', () => {
  test('has its card at the root, and the portrait where the card says', () => {
    const files = charx(CHINESE_ROLE);
    expect(Object.keys(files).toSorted()).toEqual(['assets/icon/images/main.png', 'card.json']);
    const card = JSON.parse(strFromU8(files['card.json'] as Uint8Array));
    const uri = 'embeded://assets/icon/images/main.png';
    expect(card).toEqual(toCharacterCard(CHINESE_ROLE, uri));
    expect(card.data.assets).toEqual([{ type: 'icon', uri, name: 'main', ext: 'png' }]);
    expect(decode(files['assets/icon/images/main.png'] as Uint8Array)).toMatchObject({ width: 480, height: 640 });
  });
});

test.each(ALL_FORMATS)('the same role makes the same %s', format => {
  expect(exportRole(CHINESE_ROLE, format)).toEqual(exportRole(structuredClone(CHINESE_ROLE), format));
});

test.each([
  ['茶小满', '茶小满.v2.md'],
  ['AC/DC\\..', 'AC-DC-...v2.md'],
  ['../🍵 tea', '--🍵 tea.v2.md'],
  ['half \ud83c', 'half \ufffd.v2.md'],
])('a role named %j makes a file that any system can keep', (name, filename) => {
  const made = exportRole(roleWith({ ...CHINESE_ROLE.profile, name }), 'markdown');
  expect([made.filename, made.asciiFilename]).toEqual([filename, 'tea-shop.v2.md']);
});
