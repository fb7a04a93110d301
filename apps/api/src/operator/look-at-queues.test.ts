import { expect, test } from '@jest/globals';
import { createLookAtQueues } from './look-at-queues.ts';

const lookWhere = (ping: () => Promise<void>) => createLookAtQueues({ ping });
const answering = lookWhere(async () => {});
const away = lookWhere(() => Promise.reject(new Error('Connection is closed.')));
const bug = new TypeError('jobs is not iterable');

test('what fails while Redis does not answer is unavailable, for now', async () => {
  const cause = new Error('Command timed out');
  const failure = { code: 'unavailable', cause, headers: { 'Retry-After': '2' } };
  await expect(away(() => Promise.reject(cause))).rejects.toMatchObject(failure);
});

test('what fails, and fails again, while Redis answers comes out as it is', async () => {
  await expect(answering(() => Promise.reject(bug))).rejects.toBe(bug);
  const thrown = () => {
    throw bug;
  };
  await expect(answering(thrown)).rejects.toBe(bug);
});

test('a moment’s trouble is not seen', async () => {
  const looks = [() => Promise.reject(new Error('Command timed out')), async () => 'seen'];
  expect(await answering(() => looks.shift()?.())).toBe('seen');
});
