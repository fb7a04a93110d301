import { expect, test } from '@jest/globals';
import { nothingOpened } from './opened.ts';

test('what was opened last is closed first, and one that fails keeps no other from being closed', async () => {
  const opened = nothingOpened();
  const closed: string[] = [];
  const failure = new Error('stuck');
  opened.add(() => closed.push('first'));
  opened.add(() => {
    throw failure;
  });
  opened.add(async () => closed.push('last'));
  await expect(opened.closeAll()).rejects.toBe(failure);
  expect(closed).toEqual(['last', 'first']);
});

test('closing again closes nothing twice', async () => {
  const opened = nothingOpened();
  const closed: string[] = [];
  opened.add(() => closed.push('once'));
  await opened.closeAll();
  await opened.closeAll();
  expect(closed).toEqual(['once']);
});
