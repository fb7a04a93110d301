import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keepService } from './keep-service.ts';

const PROGRAM = join(import.meta.dirname, '../../../packages/lifecycle/src/fixtures/service.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keep-running-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const keep = (reported: string[] = []) =>
  keepService({ name: 'tea', program: PROGRAM, settings: {}, logFile: join(folder, 'log') }, 10_000, line =>
    reported.push(line),
  );

test('a service that ends is followed by another, as often as that is', async () => {
  const reported: string[] = [];
  const kept = await keep(reported);
  const pids = [kept.current().pid];
  for (let life = 0; life < 2; life += 1) {
    const successor = kept.successor();
    process.kill(kept.current().pid, 'SIGKILL');
    pids.push((await successor).pid);
    expect(kept.current().pid).toBe(pids.at(-1));
  }
  await kept.stop();
  expect(await kept.current().ended).toBe('exit code 0');
  expect(new Set(pids).size).toBe(3);
  expect(reported).toEqual(Array(2).fill('tea ended (signal SIGKILL); starting it again'));
});

test('one that is told to stop after it has ended is not started again', async () => {
  const kept = await keep();
  process.kill(kept.current().pid, 'SIGKILL');
  expect(await kept.current().ended).toBe('signal SIGKILL');
  const { pid } = kept.current();
  await kept.stop();
  expect(kept.current().pid).toBe(pid);
});
