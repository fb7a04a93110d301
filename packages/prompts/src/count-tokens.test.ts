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
