import { expect, test } from '@jest/globals';
import type { FaultReport } from './run-fault.ts';
import { remarks, TABLE_HEAD, tableLine } from './table.ts';

const report: FaultReport = {
  fault: 'kill-redis',
  accepted: 2_345,
  finished: 2_344,
  lost: 1,
  doubled: 0,
  extraAiCalls: 12,
  longestGapMs: 1_260,
  refusals: { '503': 1_000, ECONNRESET: 2 },
  repeated: { '503': 20 },
  steered: { 'cancel 200': 5, 'pause 202': 1 },
  unheard: { ECONNRESET: 3 },
  notes: ['the queue held them all again'],
  problems: [{ kind: 'lost', creation: 'rc_1', reason: 'still queued' }],
  logs: '/tmp/logs',
};
const NOTHING = { refusals: {}, repeated: {}, steered: {}, unheard: {}, notes: [] };

test('each figure stands under its title', () => {
  expect(`${TABLE_HEAD}\n${tableLine(report)}`).toBe(
    `fault             accepted  finished     lost  doubled  extra AI calls  longest gap  refused  unheard
kill-redis           2,345     2,344        1        0              12        1.3 s    1,002        3`,
  );
});

test('what is behind the figures follows, and of many problems the first ten', () => {
  expect(remarks(report)).toEqual([
    'refused: 1,000 × 503, 2 × ECONNRESET',
    'repeated until answered: 20 × 503',
    'steered: 5 × cancel 200, 1 × pause 202',
    'the queue held them all again',
    'in the ledger all the same: 3 × ECONNRESET',
    'lost: rc_1: still queued',
    'logs are in /tmp/logs',
  ]);
  const many = Array.from({ length: 12 }, () => report.problems[0] as FaultReport['problems'][number]);
  expect(remarks({ ...report, ...NOTHING, logs: null, problems: many })).toHaveLength(11);
});
