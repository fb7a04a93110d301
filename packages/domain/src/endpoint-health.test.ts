import { expect, test } from '@jest/globals';
import { DISABLED_AFTER_MS, endpointNews } from './endpoint-health.ts';

const NOW = new Date('2031-05-05T12:00:00.000Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const FAILED = { failure: 'refused (HTTP 500)', gone: false };
const WELL = { failure: null, gone: false };

test('it fails from the first failure after a success, and until the next success', () => {
  expect(endpointNews(null, FAILED, NOW)).toEqual({ failingSince: NOW, disabledBecause: null });
  expect(endpointNews(ago(60_000), FAILED, NOW)).toEqual({ failingSince: ago(60_000), disabledBecause: null });
  expect(endpointNews(ago(60_000), WELL, NOW)).toEqual({ failingSince: null, disabledBecause: null });
  expect(endpointNews(ago(2 * DISABLED_AFTER_MS), WELL, NOW)).toEqual({ failingSince: null, disabledBecause: null });
});

test('five days of nothing but failures disable it, not a millisecond less, and it is said since when and with what', () => {
  const almost = ago(DISABLED_AFTER_MS - 1);
  expect(endpointNews(almost, FAILED, NOW)).toEqual({ failingSince: almost, disabledBecause: null });
  const since = ago(DISABLED_AFTER_MS);
  const { failingSince, disabledBecause } = endpointNews(since, FAILED, NOW);
  expect(failingSince).toEqual(since);
  expect(disabledBecause).toContain(since.toISOString());
  expect(disabledBecause).toContain('HTTP 500');
});

test('one that says it is gone is disabled at once', () => {
  expect(endpointNews(null, { failure: 'gone (HTTP 410)', gone: true }, NOW)).toEqual({
    failingSince: NOW,
    disabledBecause: expect.stringContaining('410'),
  });
});
