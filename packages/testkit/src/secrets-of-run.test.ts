import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findSecrets } from './secrets-of-run.ts';

const SECRET = 'rf_live_a+secret/of&this=test';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const logOf = (text: string): string[] => {
  const file = join(folder, `${crypto.randomUUID()}.log`);
  writeFileSync(file, text);
  return [file];
};

test('a secret is found where it stands in a log, and told by its beginning alone', () => {
  const [file] = logOf(`{"message":"ready"}\n{"key":"${SECRET}"}\n`);
  expect(findSecrets([file as string], [SECRET])).toEqual([
    { file, line: 2, hint: 'rf_live_a+…', text: '{"key":"•••"}' },
  ]);
});

test('a secret is found as it would stand in an address', () => {
  expect(findSecrets(logOf(`GET /?key=${encodeURIComponent(SECRET)}`), [SECRET])).toHaveLength(1);
});

test('a secret is found in Base64', () => {
  expect(findSecrets(logOf(`Basic ${Buffer.from(`${SECRET}:`).toString('base64')}`), [SECRET])).toHaveLength(1);
});

test('nothing is found in a log without secrets, nor what is too short to be one', () => {
  expect(findSecrets(logOf('all is well: short'), [SECRET, 'short'])).toEqual([]);
});
