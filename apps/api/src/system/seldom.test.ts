import { expect, test } from '@jest/globals';
import { seldom } from './seldom.ts';

/** A read that takes so long, by a clock of the test's own. */
function aRead(ms: number) {
  const time = { now: 1_000 };
  let reads = 0;
  const read = seldom(
    async () => {
      time.now += ms;
      reads += 1;
      return reads;
    },
    1_000,
    () => time.now,
  );
  return { time, read };
}

test('what is cheap is read once in its time', async () => {
  const { time, read } = aRead(1);
  expect([await read(), await read()]).toEqual([1, 1]);
  time.now += 1_000;
  expect([await read(), await read()]).toEqual([2, 2]);
});

test('what is dear is read so seldom that it takes a twentieth of the time', async () => {
  const { time, read } = aRead(500);
  await read();
  time.now += 9_400;
  expect(await read()).toBe(1);
  time.now += 100;
  expect(await read()).toBe(2);
});

test('what fails is read again', async () => {
  let fails = true;
  const read = seldom(
    async () => {
      if (fails) throw new Error('away');
      return 'here';
    },
    1_000,
    () => 0,
  );
  await expect(read()).rejects.toThrow('away');
  fails = false;
  expect(await read()).toBe('here');
});
