import { describe, expect, test } from '@jest/globals';
import { utcDayOf, utcMonthOf } from './utc-periods.ts';

describe('a period by UTC', () => {
  test.each([
    ['2031-05-05T00:00:00.000Z', '2031-05-05', '2031-05-06', '2031-05-01', '2031-06-01'],
    ['2031-12-31T23:59:59.999Z', '2031-12-31', '2032-01-01', '2031-12-01', '2032-01-01'],
    ['2028-02-29T12:00:00.000Z', '2028-02-29', '2028-03-01', '2028-02-01', '2028-03-01'],
  ])('%s lies in its day and its month', (at, day, nextDay, month, nextMonth) => {
    const midnight = (date: string) => new Date(`${date}T00:00:00.000Z`);
    expect(utcDayOf(new Date(at))).toEqual({ from: midnight(day), until: midnight(nextDay) });
    expect(utcMonthOf(new Date(at))).toEqual({ from: midnight(month), until: midnight(nextMonth) });
  });
});
