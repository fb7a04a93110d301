import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { estimateStart, type StartOutlook } from './start-estimate.ts';

const NOW = new Date('2031-05-05T12:00:00.000Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const outlook = (known: Partial<StartOutlook> = {}): StartOutlook => ({
  held: false,
  position: 10,
  notBefore: null,
  workers: 2,
  startsPerSecond: 2,
  ...known,
});

describe('the estimated start', () => {
  test('is as far off as the workers need for those before it, and for itself', () => {
    expect(estimateStart(outlook(), NOW)).toEqual(after(5));
    expect(estimateStart(outlook({ position: 1, startsPerSecond: 0.1 }), NOW)).toEqual(after(10));
  });

  test('is not before its own time, which does not delay it once it is past', () => {
    expect(estimateStart(outlook({ notBefore: after(60) }), NOW)).toEqual(after(60));
    expect(estimateStart(outlook({ notBefore: after(-60) }), NOW)).toEqual(after(5));
  });

  test('is its own time where it does not wait its turn yet, also while the workers have nothing to do', () => {
    const scheduled = outlook({ position: null, notBefore: after(3_600) });
    expect(estimateStart(scheduled, NOW)).toEqual(after(3_600));
    expect(estimateStart({ ...scheduled, startsPerSecond: null }, NOW)).toEqual(after(3_600));
  });

  test.each([
    ['nobody has taken anything lately', { startsPerSecond: null }],
    ['there are no workers', { workers: 0 }],
    ['there are no workers, whenever it is to run', { workers: 0, position: null, notBefore: after(60) }],
    ['it is held', { held: true }],
    ['it is held, whenever it was to run', { held: true, notBefore: after(60) }],
    ['it waits neither its turn nor its time', { position: null }],
    ['its time is past and it has no place', { position: null, notBefore: after(-1) }],
    ['it is further off than a date can say', { position: 1e9, startsPerSecond: 1e-9 }],
  ] satisfies [string, Partial<StartOutlook>][])('is unknown where %s', (_, known) => {
    expect(estimateStart(outlook(known), NOW)).toBeNull();
  });
});

const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
const outlooks: fc.Arbitrary<StartOutlook> = fc.record({
  held: fc.boolean(),
  position: fc.option(fc.integer({ min: 1, max: 10_000_000 })),
  notBefore: fc.option(times),
  workers: fc.integer({ min: 0, max: 100 }),
  startsPerSecond: fc.option(fc.double({ min: 0, max: 10_000, noNaN: true })),
});

test('whatever is known, an estimate is a date, and neither in the past nor before its own time', () => {
  fc.assert(
    fc.property(outlooks, times, (known, now) => {
      const estimate = estimateStart(known, now);
      if (estimate === null) return;
      expect(Number.isNaN(estimate.getTime())).toBe(false);
      expect(estimate.getTime()).toBeGreaterThanOrEqual(Math.max(now.getTime(), known.notBefore?.getTime() ?? 0));
    }),
  );
});

test('a later place never has an earlier estimate, nor have slower workers', () => {
  const position = fc.integer({ min: 1, max: 100_000 });
  const rate = fc.double({ min: 0.01, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(position, position, rate, rate, (one, other, this_, that) => {
      const at = (place: number, startsPerSecond: number) =>
        estimateStart(outlook({ position: place, startsPerSecond }), NOW)?.getTime() ?? Number.NaN;
      const best = at(Math.min(one, other), Math.max(this_, that));
      expect(best).toBeLessThanOrEqual(at(Math.max(one, other), Math.min(this_, that)));
    }),
  );
});
