import { describe, expect, test } from '@jest/globals';
import { type CapacityNeeds, planCapacity, slotsFor } from './capacity.ts';

const NEEDS: CapacityNeeds = {
  peakPerSecond: 5,
  creationsPerDay: 50_000,
  aiSeconds: 19.9,
  startWithinSeconds: 10,
  concurrency: 50,
  backlog: 10_000,
  profileBytes: 10_000,
};
const planned = (changes: Partial<CapacityNeeds> = {}) => planCapacity({ ...NEEDS, ...changes });

describe('slots', () => {
  // Erlang's tables: with a load of 2 and 4 servers 17.4 % wait, with 5 servers 6.0 %, with 6 servers 2.4 %.
  test('without a wait are those of Erlang’s tables', () => {
    expect(slotsFor(2, 0)).toBe(6);
  });

  test('are fewer where a wait is allowed, and never as few as are busy', () => {
    expect(slotsFor(2, 0.2)).toBe(5);
    expect(slotsFor(100, 100)).toBe(101);
  });

  test('none come, one is enough', () => {
    expect(slotsFor(0, 1)).toBe(1);
  });
});

describe('workers', () => {
  test('with a slow model as many as have the slots', () => {
    expect(planned()).toMatchObject({ inHand: 100, slots: 105, workers: 3, bound: 'slots', workerProcessors: 0.125 });
  });

  test('with a fast one as many as have the processors', () => {
    expect(planned({ peakPerSecond: 100, aiSeconds: 1 })).toMatchObject({
      workers: 4,
      bound: 'processor',
      workerProcessors: 2.5,
    });
  });
});

test('connections, Redis and MySQL follow from processes, backlog and creations a day', () => {
  expect(planned()).toMatchObject({
    apis: 2,
    databaseConnections: 2 * 12 + 3 * 10,
    redisBytes: 50_000_000 + 10_000 * 1_100 + 50_000 * 4_800,
    mysqlBytesPerDay: 50_000 * (5_300 + 4_500 + 13_500),
  });
});
