import { accessSync, constants } from 'node:fs';
import { expect, test } from '@jest/globals';
import { provideTools } from './provide-tools.ts';

test('a tool that is there is found, and nothing is installed', async () => {
  const reported: string[] = [];
  const { sh } = await provideTools({ sh: 'no-such-package' }, line => reported.push(line));
  accessSync(sh, constants.X_OK);
  expect(reported).toEqual([]);
});
