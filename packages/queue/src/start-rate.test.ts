import { describe, expect, test } from '@jest/globals';
import { startsPerSecond } from './start-rate.ts';

/** The beginning of span 1,000. */
const NOW = 5_000;
const counted = (...counts: [secondsAgo: number, starts: number][]) =>
  new Map(counts.map(([ago, starts]) => [Math.floor((NOW - ago) / 5), starts]));

describe('starts per second', () => {
  test('of steady work are what is started in a second, at whatever time one looks', () => {
    for (const elapsed of [0, 1.5, 4.9]) {
      const steady = new Map(Array.from({ length: 30 }, (_, index) => [970 + index, 15]));
      steady.set(1_000, 3 * elapsed);
      expect(startsPerSecond(steady, NOW + elapsed)).toBeCloseTo(3, 5);
    }
  });

  test('count what has happened of the present span', () => {
    expect(startsPerSecond(new Map([[1_000, 10]]), NOW + 4)).toBeCloseTo(10 / 14, 5);
  });

  test('of work that has just begun are those of the last ten seconds', () => {
    expect(startsPerSecond(counted([5, 40]), NOW)).toBe(4);
  });

  test('of work that comes in waves are those of the last minute', () => {
    expect(startsPerSecond(counted([40, 60]), NOW)).toBe(1);
  });

  test('are unknown where nothing was started in the last minute', () => {
    expect(startsPerSecond(new Map(), NOW)).toBeNull();
    expect(startsPerSecond(counted([70, 500]), NOW)).toBeNull();
  });
});
