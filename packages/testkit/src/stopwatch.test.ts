import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { startStopwatch } from './stopwatch.ts';

test('a stopwatch counts the time that passes, and no more', async () => {
  const before = performance.now();
  const watch = startStopwatch();
  await pause(200);
  const first = watch.read();
  expect(first).toBeGreaterThan(0);
  await pause(50);
  const counted = watch.stop();
  expect(counted).toBeGreaterThan(first);
  expect(counted).toBeLessThanOrEqual(performance.now() - before);
});

test('time in which the process was kept from looking at the clock hardly counts', () => {
  const watch = startStopwatch();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  expect(watch.stop()).toBeLessThan(100);
});
