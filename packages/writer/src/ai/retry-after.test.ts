import { describe, expect, test } from '@jest/globals';
import { retryAfterOf } from './retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('the wait that a provider asks for', () => {
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '9', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': '-3' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ] as [Record<string, string> | undefined, number | undefined][])('in %j is %j ms', (headers, ms) => {
    expect(retryAfterOf(headers, NOW)).toBe(ms);
  });
});
