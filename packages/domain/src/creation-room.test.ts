import { describe, expect, test } from '@jest/globals';
import { type CreationLimit, roomFor } from './creation-room.ts';

const ALL: CreationLimit[] = ['creationsPerDay', 'waiting', 'monthlyCostUsd'];

describe('room for creations', () => {
  test.each([
    ['no limits', {}, { waiting: 1e6 }, 5, 5, null],
    ['room for all', { waiting: 10 }, { waiting: 5 }, 5, 5, null],
    ['room for some', { waiting: 10 }, { waiting: 7 }, 5, 3, 'waiting'],
    ['more there than allowed', { waiting: 10 }, { waiting: 17 }, 5, 0, 'waiting'],
    ['a day of none', { creationsPerDay: 0 }, { creationsToday: 0 }, 1, 0, 'creationsPerDay'],
    ['the tighter of two', { creationsPerDay: 4, waiting: 2 }, { creationsToday: 1, waiting: 1 }, 5, 1, 'waiting'],
    ['a month that has cost less', { monthlyCostUsd: 5 }, { monthCostUsd: 4.99 }, 9, 9, null],
    ['a month that has cost all', { monthlyCostUsd: 5 }, { monthCostUsd: 5 }, 9, 0, 'monthlyCostUsd'],
    ['limits that count other things', { running: 1, requestsPerSecond: 1 }, { running: 9 }, 2, 2, null],
  ])('with %s', (_, limits, used, wanted, granted, reached) => {
    const room = roomFor(limits, ALL, used, wanted);
    expect([room.granted, room.reached?.limit ?? null]).toEqual([granted, reached]);
  });

  test('is judged by the limits that are asked for alone', () => {
    expect(roomFor({ creationsPerDay: 0, waiting: 1 }, ['waiting'], { waiting: 0 }, 1).granted).toBe(1);
  });
});
