import { expect, test } from '@jest/globals';
import { startsOutOfOrder } from './starts.ts';

const starts = (...times: number[]) =>
  times.map((startedAt, place) => ({ id: `rc_${String(place).padStart(3, '0')}`, priority: 'normal', startedAt }));

test('what starts in the order of acceptance is in order, and so is what starts at the same time', () => {
  expect(startsOutOfOrder(starts(1, 2, 2, 3), 0)).toEqual({ beyond: 0, any: 0, furthest: 0 });
  expect(startsOutOfOrder([], 0)).toEqual({ beyond: 0, any: 0, furthest: 0 });
});

test('one that others overtook counts once, and by the furthest of them', () => {
  expect(startsOutOfOrder(starts(9, 2, 3, 4, 10), 2)).toEqual({ beyond: 1, any: 1, furthest: 3 });
  expect(startsOutOfOrder(starts(9, 2, 3, 4, 10), 3)).toEqual({ beyond: 0, any: 1, furthest: 3 });
});

test('one that starts before its time makes all that it passed late', () => {
  expect(startsOutOfOrder(starts(5, 6, 7, 8, 1), 2)).toEqual({ beyond: 2, any: 4, furthest: 4 });
});

test('the order is that of the ids, whatever the order of the rows', () => {
  expect(startsOutOfOrder(starts(1, 2, 3).toReversed(), 0)).toMatchObject({ any: 0 });
});
