import { describe, expect, test } from '@jest/globals';
import { AttemptOutcomeOfDelivery } from '@roleforge/contracts';
import fc from 'fast-check';
import {
  DELIVERY_WAITS_MS,
  decideDelivery,
  LONGEST_ASKED_MS,
  MOST_TRIES,
  outcomeOfStatus,
  readRetryAfter,
} from './delivery-schedule.ts';

const NOW = new Date('2031-05-05T12:00:00.000Z');
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failing = fc.constantFrom(
  ...AttemptOutcomeOfDelivery.options.filter(one => one !== 'delivered' && one !== 'gone'),
);

describe('the schedule of a delivery', () => {
  test('has ten tries, in the middle of the jitter 75 hours and 35 minutes apart from first to last', () => {
    expect(MOST_TRIES).toBe(10);
    expect(DELIVERY_WAITS_MS.reduce((sum, wait) => sum + wait, 0)).toBe(((75 * 60 + 35) * 60 + 5) * 1_000);
  });

  test('keeps every wait near its place, however often and with whatever luck it fails', () => {
    fc.assert(
      fc.property(failing, fc.integer({ min: 1, max: MOST_TRIES - 1 }), random, (outcome, tries, luck) => {
        const decision = decideDelivery({ outcome, retryAfterMs: null }, tries, luck, NOW);
        if (decision.kind !== 'retry') throw new Error(decision.kind);
        const share = (decision.at.getTime() - NOW.getTime()) / (DELIVERY_WAITS_MS[tries - 1] ?? 0);
        expect(share).toBeGreaterThanOrEqual(0.85);
        expect(share).toBeLessThanOrEqual(1.15);
      }),
    );
  });

  test('is never shorter than the receiver asked for, up to a day, nor than it would be without that', () => {
    fc.assert(
      fc.property(
        failing,
        fc.integer({ min: 1, max: MOST_TRIES - 1 }),
        random,
        fc.integer({ min: 0, max: 10 * LONGEST_ASKED_MS }),
        (outcome, tries, luck, retryAfterMs) => {
          const plain = decideDelivery({ outcome, retryAfterMs: null }, tries, luck, NOW);
          const asked = decideDelivery({ outcome, retryAfterMs }, tries, luck, NOW);
          if (plain.kind !== 'retry' || asked.kind !== 'retry') throw new Error('no retry');
          const waitMs = asked.at.getTime() - NOW.getTime();
          expect(waitMs).toBe(Math.max(plain.at.getTime() - NOW.getTime(), Math.min(retryAfterMs, LONGEST_ASKED_MS)));
        },
      ),
    );
  });

  test('ends: with a success, with "gone", and with the last try, whatever came before', () => {
    fc.assert(
      fc.property(failing, fc.integer({ min: 1, max: 100 }), random, (outcome, tries, luck) => {
        const decide = (given: typeof outcome | 'delivered' | 'gone') =>
          decideDelivery({ outcome: given, retryAfterMs: 1_000 }, tries, luck, NOW).kind;
        expect(decide('delivered')).toBe('delivered');
        expect(decide('gone')).toBe('gone');
        expect(decide(outcome)).toBe(tries < MOST_TRIES ? 'retry' : 'failed');
      }),
    );
  });
});

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [301, 'redirected'],
  [304, 'redirected'],
  [400, 'refused'],
  [410, 'gone'],
  [429, 'refused'],
  [503, 'refused'],
  [102, 'refused'],
] as const)('an answer of %d counts as %s', (status, outcome) => {
  expect(outcomeOfStatus(status)).toBe(outcome);
});

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Mon, 05 May 2031 12:01:00 GMT', 60_000],
  ['Mon, 05 May 2031 11:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  ['', null],
  [undefined, null],
])('Retry-After %p asks for %p ms', (header, ms) => {
  expect(readRetryAfter(header, NOW)).toBe(ms);
});
