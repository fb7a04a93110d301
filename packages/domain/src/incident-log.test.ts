import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  advanceIncidents,
  currentIncidents,
  EMPTY_INCIDENT_LOG,
  type IncidentLog,
  mergeIncidents,
} from './incident-log.ts';
import type { Finding } from './system-incidents.ts';

const START = Date.parse('2031-05-05T12:00:00.000Z');
const at = (second: number) => new Date(START + second * 1_000);
const iso = (second: number) => at(second).toISOString();

const finding = (id: string, afterMs = 0): Finding => ({
  id,
  code: 'no_workers',
  severity: 'critical',
  message: `${id} is wrong.`,
  afterMs,
});

/** The log after seconds in which these were found, from second 0 on. */
function after(seconds: readonly (readonly Finding[])[], log: IncidentLog = EMPTY_INCIDENT_LOG, from = 0): IncidentLog {
  return seconds.reduce((before, findings, index) => advanceIncidents(before, findings, at(from + index)), log);
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('the log of incidents', () => {
  test('has one that lasts, from when it was first seen', () => {
    const log = after(times(10, [finding('a')]));
    expect(currentIncidents(log, at(9))).toMatchObject([{ id: 'a', since: iso(0), endedAt: null }]);
    expect(log.past).toEqual([]);
  });

  test('tells of it once it has lasted for long enough, and of one that has not never', () => {
    const short = after(times(3, [finding('a', 5_000)]));
    expect(currentIncidents(short, at(2))).toEqual([]);
    expect(after(times(20, []), short, 3)).toEqual(EMPTY_INCIDENT_LOG);
    const long = after(times(6, [finding('a', 5_000)]));
    expect(currentIncidents(long, at(5))).toMatchObject([{ id: 'a', since: iso(0) }]);
  });

  test('has it as past a moment after its end, with its end', () => {
    const log = after([...times(4, [finding('a')]), ...times(6, [])]);
    expect(currentIncidents(log, at(9))).toEqual([]);
    expect(log.past).toMatchObject([{ id: 'a', since: iso(0), endedAt: iso(4) }]);
    expect(log.open).toEqual([]);
  });

  test('takes one that comes back at once for the same', () => {
    const log = after([...times(4, [finding('a')]), [], [], ...times(2, [finding('a')])]);
    expect(currentIncidents(log, at(7))).toMatchObject([{ id: 'a', since: iso(0) }]);
    expect(log.past).toEqual([]);
  });

  test('is not changed by the same findings of another process at the same time', () => {
    const found = fc.subarray([finding('a'), finding('b', 2_000), finding('c')]);
    fc.assert(
      fc.property(fc.array(found, { maxLength: 30 }), seconds => {
        const once = after(seconds);
        const twice = seconds.reduce(
          (log, findings, second) =>
            advanceIncidents(advanceIncidents(log, findings, at(second)), findings, at(second)),
          EMPTY_INCIDENT_LOG,
        );
        expect(twice).toEqual(once);
        const ids = [...once.open.map(({ id }) => id)];
        expect(new Set(ids).size).toBe(ids.length);
        for (const { since, endedAt } of once.past) expect(since <= (endedAt ?? '')).toBe(true);
      }),
    );
  });

  test('forgets what is a day old, and keeps no more than thirty', () => {
    const many = after(Array.from({ length: 600 }, (_, n) => (n % 10 < 2 ? [finding(`i${Math.floor(n / 10)}`)] : [])));
    expect(many.past).toHaveLength(30);
    expect(many.past[0]?.id).toBe('i59');
    expect(advanceIncidents(many, [], at(600 + 86_400)).past).toEqual([]);
  });
});

describe('two logs of one system', () => {
  test('come to one, in which what overlaps is one incident', () => {
    const one = after([...times(8, [finding('a'), finding('b')]), ...times(7, [])]);
    const other = after([...times(6, [finding('a')]), ...times(7, [])], EMPTY_INCIDENT_LOG, 4);
    const merged = mergeIncidents(one, other, at(20));
    expect(merged.past.map(({ id, since, endedAt }) => [id, since, endedAt])).toEqual([
      ['a', iso(0), iso(10)],
      ['b', iso(0), iso(8)],
    ]);
    expect(mergeIncidents(merged, other, at(20))).toEqual(merged);
  });

  test('keep what lasts since the first of them saw it', () => {
    const merged = mergeIncidents(after([[finding('a')]], EMPTY_INCIDENT_LOG, 5), after([[finding('a')]]), at(6));
    expect(merged.open).toMatchObject([{ id: 'a', since: iso(0) }]);
  });
});
