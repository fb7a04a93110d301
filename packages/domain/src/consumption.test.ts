import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ConsumptionSample, judgeConsumption, newConsumption, sampled } from './consumption.ts';

const START = new Date('2031-05-05T12:00:00.000Z');
const at = (second: number) => new Date(START.getTime() + second * 1_000);

type Second = Partial<Omit<ConsumptionSample, 'at'>> | 'no answer';
const QUIET = { waiting: 0, inHand: 0, concurrency: 4, taken: 0 };
const STARVING = { waiting: 3 };

/** What is thought of a worker after so many seconds, the first of which is second 1. */
function after(seconds: Second[]) {
  let consumption = newConsumption(START);
  for (const [index, second] of seconds.entries())
    if (second !== 'no answer') consumption = sampled(consumption, { ...QUIET, ...second, at: at(index + 1) });
  return judgeConsumption(consumption, at(seconds.length));
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('a worker consumes', () => {
  test.each([
    ['when it has just started', []],
    ['while nothing waits', times(60, {})],
    ['while its hands are full, however much waits', times(60, { waiting: 100, inHand: 4 })],
    [
      'while more waits than it can take at once',
      times(60, {}).map((_, n) => ({ waiting: 9, inHand: 3, taken: n + 1 })),
    ],
    ['when jobs have waited for no longer than five seconds', times(6, STARVING)],
    ['when it takes a job at last', [...times(60, STARVING), { waiting: 2, taken: 1 }]],
    ['when somebody else took what waited', [...times(60, STARVING), {}]],
    ['when it had no answer for five seconds', [{}, ...times(5, 'no answer' as const)]],
    ['when an answer comes at last', [...times(60, 'no answer' as const), {}]],
  ] satisfies [string, Second[]][])('%s', (_, seconds) => {
    expect(after(seconds)).toEqual({ kind: 'consuming' });
  });
});

describe('a worker does not', () => {
  test('when jobs have waited longer than five seconds beside its free hands, and it says since when', () => {
    expect(after([{}, {}, ...times(7, STARVING)])).toEqual({ kind: 'starving', since: at(3) });
  });

  test('with some jobs in hand either: one free hand is enough to take one more', () => {
    expect(after(times(7, { waiting: 1, inHand: 3, taken: 0 }))).toEqual({ kind: 'starving', since: at(1) });
  });

  test('and the time counts from the last job that it took', () => {
    const seconds = [...times(30, STARVING), { ...STARVING, taken: 1 }, ...times(7, { ...STARVING, taken: 1 })];
    expect(after(seconds)).toEqual({ kind: 'starving', since: at(32) });
  });

  test('when it has had no answer for longer than five seconds', () => {
    expect(after([{}, {}, ...times(6, 'no answer' as const)])).toEqual({ kind: 'blind', since: at(2) });
  });
});

test('a worker that took something within the last five seconds consumes, whatever it sees', () => {
  const count = fc.integer({ min: 0, max: 5 });
  const second = fc.record({ waiting: count, inHand: count, concurrency: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(second), fc.array(second, { maxLength: 5 }), second, (long, recent, taking) => {
      const seconds: Second[] = [
        ...long.map(sample => ({ ...sample, taken: 0 })),
        { ...taking, taken: 1 },
        ...recent.map(sample => ({ ...sample, taken: 1 })),
      ];
      expect(after(seconds)).toEqual({ kind: 'consuming' });
    }),
  );
});
