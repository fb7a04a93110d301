import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LATENCY_BOUNDS_MS, latencyIndex, latencyQuantile, newLatencyTally } from './latency-tally.ts';

const tallyOf = (times: readonly number[]) => {
  const tally = newLatencyTally();
  for (const ms of times) tally[latencyIndex(ms)] = (tally[latencyIndex(ms)] ?? 0) + 1;
  return tally;
};

test('a quantile is the first bound that is not below the true one', () => {
  const times = fc.array(fc.double({ min: 0, max: 300_000, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.1, 0.5, 0.95, 1), (some, part) => {
      const exact = some.toSorted((a, b) => a - b)[Math.ceil(part * some.length) - 1] ?? 0;
      expect(latencyQuantile(tallyOf(some), part)).toBe(LATENCY_BOUNDS_MS.find(bound => exact <= bound));
    }),
  );
});

test('of nothing there is none, and what took longer than the last bound is told as that', () => {
  expect(latencyQuantile(newLatencyTally(), 0.5)).toBeNull();
  expect(latencyQuantile(tallyOf([900_000]), 0.5)).toBe(300_000);
});
