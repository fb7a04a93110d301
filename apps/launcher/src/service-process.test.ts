import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startService } from './service-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'service-process-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  [
    'its own line',
    `console.error('tea: PORT is not valid'); console.error('more'); process.exit(1)`,
    'tea: PORT is not valid',
  ],
  [
    'the error, where Node gives up on it',
    `import { leaf } from 'node:fs'; leaf`,
    "SyntaxError: The requested module 'node:fs' does not provide an export named 'leaf'",
  ],
  ['how it ended, where it says nothing', 'process.exit(3)', 'tea did not start: exit code 3'],
])('a service that does not start tells why: %s', async (_, source, complaint) => {
  const program = join(folder, 'tea.ts');
  writeFileSync(program, source);
  await expect(startService({ name: 'tea', program, settings: {}, logFile: join(folder, 'log') })).rejects.toThrow(
    new Error(complaint),
  );
});
