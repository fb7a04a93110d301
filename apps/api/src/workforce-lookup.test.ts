import { expect, jest, test } from '@jest/globals';
import type { WorkforceState } from '@roleforge/queue';
import { createWorkforceLookup } from './workforce-lookup.ts';

function openLookup() {
  let now = 0;
  const read = jest.fn<() => Promise<WorkforceState>>();
  const lookUp = createWorkforceLookup({ read }, () => now);
  const later = (ms: number) => {
    now += ms;
  };
  return { read, lookUp, later };
}

test('a thousand who ask within a second make one command, and the next second another', async () => {
  const { read, lookUp, later } = openLookup();
  read
    .mockResolvedValueOnce({ workers: 1, startsPerSecond: 5 })
    .mockResolvedValueOnce({ workers: 2, startsPerSecond: 9 });
  const answers = await Promise.all(Array.from({ length: 1_000 }, lookUp));
  expect(new Set(answers.map(({ workers }) => workers))).toEqual(new Set([1]));
  later(999);
  expect((await lookUp()).workers).toBe(1);
  later(1);
  expect((await lookUp()).workers).toBe(2);
  expect(read).toHaveBeenCalledTimes(2);
});

test('a Redis that is away is asked again after a second, and not for each who asks', async () => {
  const { read, lookUp, later } = openLookup();
  read.mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce({ workers: 2, startsPerSecond: null });
  await expect(lookUp()).rejects.toThrow('away');
  await expect(lookUp()).rejects.toThrow('away');
  later(1_000);
  expect((await lookUp()).workers).toBe(2);
  expect(read).toHaveBeenCalledTimes(2);
});
