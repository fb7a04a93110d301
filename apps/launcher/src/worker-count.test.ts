import { expect, test } from '@jest/globals';
import { workerCountOf } from './worker-count.ts';

test.each([
  ['0', 0],
  ['3', 3],
  ['64', 64],
])('%j workers are as many', (text, workers) => {
  expect(workerCountOf(text)).toBe(workers);
});

test.each(['', ' ', '0x3', '1e1', '3.0', '-1', '+3', '３', '65', 'many'])(
  '%j workers are refused in one line',
  text => {
    const line = `--workers must be a whole number from 0 to 64, not ${JSON.stringify(text)}`;
    expect(() => workerCountOf(text)).toThrow(new Error(line));
  },
);
