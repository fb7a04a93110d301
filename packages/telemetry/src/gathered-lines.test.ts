import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { gatherLines } from './gathered-lines.ts';

afterEach(() => void process.removeAllListeners('exit'));

test('lines of one turn are written together, in their order, and those of the next by themselves', async () => {
  const written: string[] = [];
  const lines = gatherLines(text => void written.push(text));
  for (const line of ['a', 'b', 'c']) lines.add(line);
  expect(written).toEqual([]);
  await nextTurn();
  lines.add('d');
  await nextTurn();
  expect(written).toEqual(['a\nb\nc', 'd']);
});

test('what is asked to be written at once is, and no line twice', async () => {
  const written: string[] = [];
  const lines = gatherLines(text => void written.push(text));
  lines.add('a');
  lines.flush();
  expect(written).toEqual(['a']);
  await nextTurn();
  lines.flush();
  expect(written).toEqual(['a']);
});

test.each([
  ['ends itself', 'process.exit(0)'],
  ['fails', 'throw new Error("unexpected")'],
])('a process that %s in the middle of a turn has written what it logged', (_, end) => {
  const logger = join(import.meta.dirname, 'logger.ts');
  const program = `const { createLogger } = await import(${JSON.stringify(logger)});
    const log = createLogger({ service: 'api', level: 'info', format: 'json' });
    log.info('one'); log.info('two'); ${end};`;
  let output = '';
  try {
    output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' }).toString();
  } catch (error) {
    output = String((error as { stdout: Buffer }).stdout);
  }
  expect(output.match(/"message":"(one|two)"/g)).toEqual(['"message":"one"', '"message":"two"']);
});
