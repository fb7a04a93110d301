import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeDataDir } from './data-dir.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-data-dir-'));
  writeFileSync(join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('is made with all above it, for its owner alone, and may be there before', () => {
  const dataDir = join(folder, 'new/data');
  makeDataDir(dataDir);
  makeDataDir(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test.each(['file', 'file/below'])('that is %s is refused in one line with the name of the setting', name => {
  expect(() => makeDataDir(join(folder, name))).toThrow(/^DATA_DIR cannot be a folder of ours: [^\n]*\/file[^\n]*$/);
});
