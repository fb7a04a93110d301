import { expect, test } from '@jest/globals';
import { countTokens } from './count-tokens.ts';

test.each([
  ['', 0],
  ['Hello, world!', 4],
  ['水温八十度，两分钟。', 9],
])('%j is counted as a model counts it', (text, tokens) => {
  expect(Math.abs(countTokens(text) - tokens)).toBeLessThanOrEqual(1);
});

test('what a model’s own syntax looks like is plain text', () => {
  expect(countTokens('<|endoftext|>')).toBeGreaterThan(1);
});

test('a cut in a long run costs one token at most', () => {
  const sentence = '水温八十度，两分钟。茶叶要放在干燥避光的地方。';
  const whole = countTokens(`${sentence} `.repeat(100));
  expect(countTokens(sentence.repeat(100))).toBeLessThan(whole * 1.05);
});

test('what has no break at all is counted in time that grows with its length alone', () => {
  // The least of several: a busy machine may break in.
  const time = (length: number) => {
    const times = [1, 2, 3].map(() => {
      const startedAt = performance.now();
      countTokens('a'.repeat(length));
      return performance.now() - startedAt;
    });
    return Math.min(...times);
  };
  time(1_000);
  // The square would be 400 times as long.
  expect(time(200_000)).toBeLessThan(100 * Math.max(1, time(10_000)));
});
