import { describe, expect, test } from '@jest/globals';
import { CreationId, RoleId, StrategyId, TaskId, TenantId } from './ids.ts';

const BODY = '01jd8z0m3x5v7w9y1b3d5f7h9k';

describe.each([
  ['rc_', CreationId],
  ['role_', RoleId],
  ['tenant_', TenantId],
] as const)('an id that begins with %s', (prefix, schema) => {
  const valid = (id: string) => schema.safeParse(id).success;

  test('is that, and 26 characters of Crockford base 32', () => {
    expect(valid(prefix + BODY)).toBe(true);
    for (const character of '0123456789abcdefghjkmnpqrstvwxyz') expect(valid(prefix + character.repeat(26))).toBe(true);
  });

  test.each([
    ['a character too few', prefix + BODY.slice(1)],
    ['a character too many', `${prefix}${BODY}0`],
    ['capitals', prefix + BODY.toUpperCase()],
    ['another prefix', `other_${BODY}`],
    ['no prefix', BODY],
    ['a line feed after it', `${prefix}${BODY}\n`],
    ['something before it', ` ${prefix}${BODY}`],
    ['nothing', ''],
  ])('is refused with %s', (_, id) => {
    expect(valid(id)).toBe(false);
  });

  test.each(['i', 'l', 'o', 'u', '-', 'é'])('is refused with the character %s', character => {
    expect(valid(prefix + BODY.slice(1) + character)).toBe(false);
  });
});

describe.each([
  ['a task', TaskId],
  ['a strategy', StrategyId],
] as const)('the name of %s', (_, schema) => {
  test.each(['a', '0', '.', '-', '_', 'Tea.Shop_2-b', 'x'.repeat(64)])('may be %s', name => {
    expect(schema.parse(name)).toBe(name);
  });

  test.each([
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['a blank', 'tea shop'],
    ['a slash', 'tea/shop'],
    ['a colon', 'tea:shop'],
    ['other letters', '茶'],
    ['a line feed at its end', 'tea\n'],
    ['a number', 7],
  ])('may not be %s', (_, name) => {
    expect(schema.safeParse(name).success).toBe(false);
  });
});
