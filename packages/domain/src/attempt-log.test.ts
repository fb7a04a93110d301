import { describe, expect, test } from '@jest/globals';
import { Creation, type CreationStep } from '@roleforge/contracts';
import fc from 'fast-check';
import {
  type AttemptOutcome,
  attemptEnded,
  attemptStarted,
  draftFailures,
  failuresIn,
  readAttemptLog,
  restarted,
  waitedSince,
  wasPutOff,
  withoutPutOff,
} from './attempt-log.ts';
import { CreationFailure } from './failures.ts';

const at = (second: number) => new Date(Date.parse('2031-05-05T12:00:00.000Z') + second * 1000);
const iso = (second: number) => at(second).toISOString();
const failure = new CreationFailure('provider_timeout', 'The model did not answer: "…"\nnot a line 茶.').toJSON();

describe('the log of attempts', () => {
  test('is empty before the first', () => {
    expect(readAttemptLog(null, false)).toEqual([]);
    expect(readAttemptLog('', true)).toEqual([]);
  });

  test('an attempt shows when it began, and that it runs', () => {
    expect(readAttemptLog(attemptStarted(at(0)), true)).toEqual([
      { number: 1, startedAt: iso(0), endedAt: null, outcome: 'running', step: null, error: null, retryAt: null },
    ]);
  });

  test('one that has ended shows how, where it had come to, what went wrong, and when the next may begin', () => {
    const log =
      attemptStarted(at(0)) +
      attemptEnded(at(3), 'retried', { step: 'writing', error: failure, retryAt: at(9) }) +
      attemptStarted(at(9)) +
      attemptEnded(at(12), 'succeeded', { step: 'saving' });
    expect(readAttemptLog(log, false)).toEqual([
      {
        number: 1,
        startedAt: iso(0),
        endedAt: iso(3),
        outcome: 'retried',
        step: 'writing',
        error: failure,
        retryAt: iso(9),
      },
      {
        number: 2,
        startedAt: iso(9),
        endedAt: iso(12),
        outcome: 'succeeded',
        step: 'saving',
        error: null,
        retryAt: null,
      },
    ]);
  });

  test('an attempt that another follows without an end was lost with its worker', () => {
    const log = attemptStarted(at(0)) + attemptStarted(at(5)) + attemptStarted(at(10));
    expect(readAttemptLog(log, true).map(({ outcome, endedAt }) => [outcome, endedAt])).toEqual([
      ['lost', null],
      ['lost', null],
      ['running', null],
    ]);
  });

  test('an attempt without an end at a creation that does not run was lost', () => {
    expect(readAttemptLog(attemptStarted(at(0)), false)).toMatchObject([{ outcome: 'lost' }]);
  });

  test('an end is the latest attempt’s; one of an attempt that has ended is not counted twice', () => {
    const log =
      attemptStarted(at(0)) +
      attemptStarted(at(5)) +
      attemptEnded(at(6), 'cancelled', { step: 'gathering' }) +
      attemptEnded(at(7), 'failed');
    expect(readAttemptLog(log, false)).toMatchObject([
      { outcome: 'lost', endedAt: null },
      { outcome: 'cancelled', endedAt: iso(6), step: 'gathering' },
    ]);
    expect(readAttemptLog(attemptEnded(at(1), 'cancelled'), false)).toEqual([]);
  });

  test('of a long history the latest twenty are shown, under their own numbers', () => {
    const log = Array.from({ length: 45 }, (_, n) => attemptStarted(at(n)) + attemptEnded(at(n), 'released')).join('');
    const shown = readAttemptLog(log, false);
    expect(shown.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 26));
    expect(shown.at(-1)).toMatchObject({ startedAt: iso(44), outcome: 'released' });
  });

  test('one that has lost its beginning is numbered from its end', () => {
    const log = attemptStarted(at(0)) + attemptStarted(at(1));
    expect(readAttemptLog(log, true, 312).map(({ number }) => number)).toEqual([311, 312]);
  });

  test('failures are counted by whose patience they use, and anew after a restart; what was lost or held is none', () => {
    const failed = (code: 'provider_limited' | 'provider_timeout' | 'draft_invalid' | 'store_unavailable') =>
      attemptStarted(at(0)) +
      attemptEnded(at(1), 'retried', { step: 'writing', error: new CreationFailure(code, 'No.').toJSON() });
    const first = failed('provider_timeout') + failed('provider_limited') + failed('provider_limited');
    expect(failuresIn(null)).toEqual({ service: 0, limit: 0, provider: 0, draft: 0 });
    expect(failuresIn(first)).toEqual({ service: 0, limit: 2, provider: 1, draft: 0 });
    const lost = attemptStarted(at(2)) + attemptStarted(at(3)) + attemptEnded(at(4), 'held');
    const again = first + restarted(at(2)) + failed('draft_invalid') + lost + failed('store_unavailable');
    expect(failuresIn(again)).toEqual({ service: 1, limit: 0, provider: 0, draft: 1 });
    expect(draftFailures(again + restarted(at(5)) + failed('draft_invalid'))).toBe(2);
    expect(draftFailures(null)).toBe(0);
    expect(readAttemptLog(again, false).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('the first start since its owner asked for it tells since when a creation has waited', () => {
    const asked = { createdAt: at(0), runAt: null };
    const once = attemptStarted(at(5));
    expect(waitedSince(once, asked)).toEqual(at(0));
    expect(waitedSince(once, { createdAt: at(0), runAt: at(4) })).toEqual(at(4));
    expect(
      waitedSince(once + attemptEnded(at(6), 'failed') + restarted(at(60)) + attemptStarted(at(61)), asked),
    ).toEqual(at(60));
  });

  test('a start after another, lost, put off or ended, tells nothing of that', () => {
    const asked = { createdAt: at(0), runAt: null };
    const once = attemptStarted(at(5));
    expect(waitedSince(once + attemptStarted(at(35)), asked)).toBeNull();
    expect(waitedSince(withoutPutOff(once) + attemptStarted(at(35)), asked)).toBeNull();
    expect(waitedSince(once + attemptEnded(at(6), 'released') + attemptStarted(at(35)), asked)).toBeNull();
  });

  test('each line is one line, whatever an error says', () => {
    const line = attemptEnded(at(1), 'failed', { step: 'writing', error: failure });
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(readAttemptLog(attemptStarted(at(0)) + line, false)[0]?.error).toEqual(failure);
  });
});

const OUTCOMES: AttemptOutcome[] = ['succeeded', 'retried', 'failed', 'expired', 'cancelled', 'held', 'released'];
const anEnd = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  step: fc.constantFrom<CreationStep | null>('gathering', 'writing', 'saving', null),
  error: fc.option(fc.constant(failure), { nil: undefined }),
  message: fc.string({ unit: 'grapheme' }),
});

test('whatever happened, each attempt is told once, in order, as the contract shows it', () => {
  const attempts = fc.array(fc.option(anEnd), { maxLength: 40 });
  fc.assert(
    fc.property(attempts, fc.boolean(), (ends, running) => {
      const log = ends
        .map((end, n) => {
          if (end === null) return attemptStarted(at(2 * n));
          const { outcome, step, error, message } = end;
          const told = error === undefined ? undefined : { ...error, message };
          return attemptStarted(at(2 * n)) + attemptEnded(at(2 * n + 1), outcome, { step, error: told });
        })
        .join('');
      const shown = readAttemptLog(log, running);
      expect(Creation.shape.history.parse(shown)).toEqual(shown);
      expect(shown.map(({ number }) => number)).toEqual(ends.map((_, n) => n + 1).slice(-20));
      const expected = ends.map((end, n) => end?.outcome ?? (running && n === ends.length - 1 ? 'running' : 'lost'));
      expect(shown.map(({ outcome }) => outcome)).toEqual(expected.slice(-20));
    }),
  );
});

describe('an attempt that is put off', () => {
  const START = attemptStarted(new Date('2031-05-05T12:00:00.000Z'));
  const ENDED = START + attemptEnded(new Date('2031-05-05T12:01:00.000Z'), 'retried');

  test('is not in the history, and those in a row are one line of the log', () => {
    const once = withoutPutOff(ENDED + START);
    const often = withoutPutOff(withoutPutOff(once + START) + START);
    expect(often.split('\n')).toHaveLength(once.split('\n').length);
    // The second of the attempts that count; the row was taken up five times.
    expect(readAttemptLog(often + START, true, 5).map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'retried'],
      [2, 'running'],
    ]);
  });

  test('is known at the next start, and not at the one after that', () => {
    const log = withoutPutOff(START) + START;
    expect(wasPutOff(log)).toBe(true);
    expect(wasPutOff(START)).toBe(false);
    expect(wasPutOff(log + attemptEnded(new Date(), 'retried') + START)).toBe(false);
  });

  test('leaves a log without a start as it was, but for its own line', () => {
    expect(readAttemptLog(withoutPutOff(null), false)).toEqual([]);
    expect(readAttemptLog(withoutPutOff(ENDED), false)).toEqual(readAttemptLog(ENDED, false));
  });
});
