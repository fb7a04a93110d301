import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import { COMPOSE_SETTINGS, SECRET_SETTINGS, SETTINGS } from './settings.ts';

const TEXT = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
const LINES = TEXT.split('\n');
const SETTING = /^# ([A-Z][A-Z0-9_]*)=(.*)$/;

/** Every setting that the file shows, with the value shown and the line above. */
const shown = LINES.flatMap((line, index) => {
  const [, key, value] = SETTING.exec(line) ?? [];
  return key === undefined ? [] : [{ key, value, above: LINES[index - 1] ?? '' }];
});

test('.env.example shows every setting once, and no others', () => {
  expect(shown.map(({ key }) => key).sort()).toEqual([...Object.keys(SETTINGS), ...COMPOSE_SETTINGS].sort());
});

test('.env.example says of each setting, right above it, what it is', () => {
  for (const { key, above } of shown) {
    expect([key, above]).toEqual([key, expect.stringMatching(/^# .*[a-z].*\.$/)]);
    expect([key, above]).toEqual([key, expect.not.stringMatching(SETTING)]);
  }
});

test('.env.example shows the defaults that hold', () => {
  const defaults = shown.map(({ key }) => {
    const schema = SETTINGS[key as keyof typeof SETTINGS];
    return [key, schema === undefined ? '' : String(schema.parse(undefined) ?? '')];
  });
  expect(shown.map(({ key, value }) => [key, value])).toEqual(defaults);
});

test('a copy of .env.example changes nothing', () => {
  expect(parseEnv(TEXT)).toEqual({});
});

test('no secret has a default', () => {
  for (const key of SECRET_SETTINGS) expect(SETTINGS[key as keyof typeof SETTINGS].parse(undefined)).toBeUndefined();
});

test('docker compose’s settings are not the programs’', () => {
  for (const key of COMPOSE_SETTINGS) expect(SETTINGS).not.toHaveProperty(key);
});
