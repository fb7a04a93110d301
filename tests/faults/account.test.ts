import { describe, expect, test } from '@jest/globals';
import { accountFor } from './account.ts';
import type { AiCall, Evidence, LedgerRow } from './evidence.ts';

const STRUCK_AT = 10_000;
const OVER_AT = 12_000;

const succeeded = (n: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  id: `rc-${n}`,
  marker: `r-${n}`,
  status: 'succeeded',
  finishedAt: n * 1_000,
  failure: null,
  ...more,
});
const call = (n: number, startedAt = n * 1_000, endedAt: number | null = startedAt + 700): AiCall => ({
  marker: `r-${n}`,
  startedAt,
  endedAt,
});

/** Three creations of two roles, each accepted, called for once, and made. */
function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    answers: [1, 2, 3].map(n => ({ marker: `r-${n}`, at: n, creationId: `rc-${n}` })),
    wishes: [],
    ledger: [1, 2, 3].map(n => succeeded(n)),
    versions: [
      { creationId: 'rc-1', roleId: 'a', version: 1 },
      { creationId: 'rc-2', roleId: 'b', version: 1 },
      { creationId: 'rc-3', roleId: 'a', version: 2 },
    ],
    calls: [1, 2, 3].map(n => call(n)),
    lastEvents: new Map([1, 2, 3].map(n => [`rc-${n}`, 1])),
    strike: { beganAt: STRUCK_AT, endedAt: OVER_AT, hitsCalls: true },
    loadEndedAt: 20_000,
    ...more,
  };
}

const problems = (more: Partial<Evidence>) =>
  accountFor(evidence(more)).problems.map(({ kind, creation, reason }) => `${kind} ${creation}: ${reason}`);

test('where every 202 has its role, and each was called for once, the account is clean', () => {
  expect(accountFor(evidence())).toEqual({
    accepted: 3,
    finished: 3,
    lost: 0,
    doubled: 0,
    extraAiCalls: 0,
    longestGapMs: 1_000,
    refusals: {},
    repeated: {},
    steered: {},
    unheard: {},
    problems: [],
  });
});

describe('lost', () => {
  test('what was accepted and is not in the ledger', () => {
    const { ledger, calls, versions, lastEvents } = evidence();
    const without = { ledger: ledger.slice(1), calls: calls.slice(1), versions: versions.slice(1), lastEvents };
    expect(problems(without)).toContain('lost rc-1: accepted, and not in the ledger');
    expect(accountFor(evidence(without))).toMatchObject({ accepted: 3, finished: 2, lost: 1 });
  });

  test('what has not ended, and what ended otherwise than in success', () => {
    const ledger = [
      succeeded(1),
      succeeded(2, { status: 'running', finishedAt: null }),
      succeeded(3, { status: 'failed', failure: 'provider_timeout' }),
    ];
    const versions = evidence().versions.slice(0, 1);
    expect(problems({ ledger, versions })).toEqual(['lost rc-2: still running', 'lost rc-3: failed: provider_timeout']);
  });

  test('what succeeded without a role version', () => {
    expect(problems({ versions: evidence().versions.slice(0, 2) })).toEqual([
      'lost rc-3: succeeded, and has no role version',
    ]);
  });

  test('a creation that nobody was told of counts too; a refused request without a row does not', () => {
    const answers = [
      { marker: 'r-1', at: 1, creationId: 'rc-1' },
      { marker: 'r-2', at: 2, refusal: 'ECONNRESET' },
      { marker: 'r-3', at: 3, creationId: 'rc-3' },
      { marker: 'r-4', at: 4, refusal: '503' },
    ];
    expect(accountFor(evidence({ answers }))).toMatchObject({
      accepted: 2,
      finished: 2,
      lost: 0,
      unheard: { ECONNRESET: 1 },
      refusals: { ECONNRESET: 1, '503': 1 },
    });
    const ledger = [succeeded(1), succeeded(2, { status: 'queued', finishedAt: null }), succeeded(3)];
    const versions = evidence().versions.filter(({ creationId }) => creationId !== 'rc-2');
    expect(problems({ answers, ledger, versions })).toEqual(['lost rc-2: still queued']);
  });
});

describe('doubled', () => {
  test('two versions of one creation, also where each stands under a role of its own', () => {
    const versions = [...evidence().versions, { creationId: 'rc-2', roleId: 'b', version: 2 }];
    expect(problems({ versions })).toEqual(['doubled rc-2: 2 role versions']);
  });

  test('a version of a creation that did not succeed', () => {
    const ledger = [succeeded(1), succeeded(2, { status: 'cancelled' }), succeeded(3)];
    expect(problems({ ledger })).toEqual([
      'lost rc-2: cancelled: no reason given',
      'doubled rc-2: a role version, and cancelled',
    ]);
  });

  test('versions of a role with a gap between them', () => {
    const versions = evidence().versions.map(row => (row.creationId === 'rc-3' ? { ...row, version: 3 } : row));
    expect(problems({ versions })).toEqual(['doubled rc-3: version 3 of a is out of sequence']);
  });

  test('two rows of one request', () => {
    const ledger = [...evidence().ledger, succeeded(4, { marker: 'r-2' })];
    const versions = [...evidence().versions, { creationId: 'rc-4', roleId: 'b', version: 2 }];
    expect(problems({ ledger, versions })).toEqual(['doubled rc-4: request r-2 has 2 rows in the ledger']);
  });

  test('two last events', () => {
    expect(problems({ lastEvents: new Map([['rc-1', 2]]) })).toEqual(['doubled rc-1: 2 last events']);
  });

  test('an AI call for what the ledger does not know', () => {
    expect(problems({ calls: [...evidence().calls, call(9)] })).toEqual([
      'doubled r-9: 1 AI calls, and not in the ledger',
    ]);
  });
});

describe('a second AI call', () => {
  const second = (first: AiCall, strike: Partial<Evidence['strike']> = {}) =>
    accountFor(
      evidence({
        calls: [call(1), first, call(2, 15_000), call(3)],
        strike: { ...evidence().strike, ...strike },
      }),
    );

  test.each([
    ['was under way when the fault struck', call(2, 9_800, 10_500)],
    ['was under way as long as the fault lasted, and never ended', call(2, 9_800, null)],
    ['began while the fault was at work', call(2, 11_900)],
    ['was answered just before, too late to be saved', call(2, 7_500, 8_200)],
    ['began just after, for a job taken before', call(2, 14_000)],
  ])('is extra, and no more, where the first %s', (_, first) => {
    expect(second(first)).toMatchObject({ extraAiCalls: 1, doubled: 0 });
  });

  test.each([
    ['was over long before the fault', call(2, 5_000), '-5.0 s to -4.3 s'],
    ['began after it', call(2, 14_100), '4.1 s to 4.8 s'],
  ])('is a double where the first %s', (_, first, times) => {
    expect(second(first)).toMatchObject({
      extraAiCalls: 1,
      doubled: 1,
      problems: [
        { creation: 'rc-2', reason: `2 AI calls, counted from the fault's beginning ${times}, 5.0 s to 5.7 s` },
      ],
    });
  });

  test('is a double where the fault spares calls', () => {
    expect(second(call(2, 9_800), { hitsCalls: false })).toMatchObject({ extraAiCalls: 1, doubled: 1 });
  });

  test('a third one is a double in any case', () => {
    const calls = [...evidence().calls, call(2, 10_500), call(2, 11_000)];
    expect(accountFor(evidence({ calls }))).toMatchObject({ extraAiCalls: 2, doubled: 1 });
  });
});

describe('a request with a key', () => {
  const heard = (...second: { refusal?: string; creationId?: string }[]) => [
    { marker: 'r-1', at: 1, creationId: 'rc-1' },
    ...second.map(answer => ({ marker: 'r-2', at: 2, ...answer }) as Evidence['answers'][number]),
    { marker: 'r-3', at: 3, creationId: 'rc-3' },
  ];

  test('counts once, however often it was sent, and what it heard before is not a refusal', () => {
    const answers = heard(
      { refusal: 'ECONNRESET' },
      { refusal: '503' },
      { creationId: 'rc-2' },
      { creationId: 'rc-2' },
    );
    expect(accountFor(evidence({ answers }))).toMatchObject({
      accepted: 3,
      finished: 3,
      refusals: {},
      repeated: { ECONNRESET: 1, '503': 1 },
      problems: [],
    });
  });

  test('that was given up is refused once, with what it heard last', () => {
    const answers = heard({ refusal: 'ECONNRESET' }, { refusal: '503' });
    expect(accountFor(evidence({ answers }))).toMatchObject({
      accepted: 2,
      refusals: { '503': 1 },
      repeated: {},
      unheard: { '503': 1 },
    });
  });

  test('is doubled where it was answered with two ids, also when both rows are there', () => {
    const answers = heard({ creationId: 'rc-2' }, { creationId: 'rc-4' });
    expect(problems({ answers })).toEqual([
      'lost rc-4: accepted, and not in the ledger',
      'doubled rc-4: request r-2 was answered with rc-2 too',
    ]);
    const ledger = [...evidence().ledger, succeeded(4, { marker: 'r-2' })];
    const versions = [...evidence().versions, { creationId: 'rc-4', roleId: 'b', version: 2 }];
    expect(problems({ answers, ledger, versions })).toEqual([
      'doubled rc-4: request r-2 was answered with rc-2 too',
      'doubled rc-4: request r-2 has 2 rows in the ledger',
    ]);
  });

  test('may hear 503 after its 202, and nothing else', () => {
    expect(problems({ answers: heard({ creationId: 'rc-2' }, { refusal: '503' }, { refusal: 'ECONNRESET' }) })).toEqual(
      [],
    );
    expect(problems({ answers: heard({ creationId: 'rc-2' }, { refusal: '422' }) })).toEqual([
      'doubled rc-2: request r-2 was accepted, and then answered 422',
    ]);
  });
});

describe('a creation whose cancel was answered', () => {
  const cancelAt = 5_000;
  /** The second creation, with a cancel answered so, ended in this status, called for at these times. */
  const after = (answer: string, status: string, calls: AiCall[] = [call(2)], role = status === 'succeeded') =>
    evidence({
      wishes: [
        { creationId: 'rc-2', call: 'cancel', askedAt: 4_000, unanswered: ['503'], answer, answeredAt: cancelAt },
      ],
      ledger: [succeeded(1), succeeded(2, { status }), succeeded(3)],
      versions: evidence().versions.filter(({ creationId }) => role || creationId !== 'rc-2'),
      calls: [call(1), ...calls, call(3)],
    });
  const reasons = (...given: Parameters<typeof after>) =>
    accountFor(after(...given)).problems.map(({ kind, creation, reason }) => `${kind} ${creation}: ${reason}`);

  test.each(['200', '202'])('%s is cancelled, with one call or none', answer => {
    expect(accountFor(after(answer, 'cancelled'))).toMatchObject({ accepted: 3, finished: 3, lost: 0, doubled: 0 });
    expect(accountFor(after(answer, 'cancelled', []))).toMatchObject({ finished: 3, problems: [], extraAiCalls: 0 });
    expect(accountFor(after(answer, 'cancelled'))).toMatchObject({
      steered: { [`cancel ${answer}`]: 1 },
      repeated: { '503': 1 },
    });
  });

  test.each(['200', '202'])('%s is doubled if it succeeds all the same, and lost if it never ends', answer => {
    expect(reasons(answer, 'succeeded')).toEqual([`doubled rc-2: its cancel was answered ${answer}, and it succeeded`]);
    expect(reasons(answer, 'cancelling')).toEqual(['lost rc-2: still cancelling']);
    expect(reasons(answer, 'failed')).toEqual(['lost rc-2: failed: no reason given']);
  });

  test('202 has no role version', () => {
    expect(reasons('202', 'cancelled', [call(2)], true)).toEqual(['doubled rc-2: a role version, and cancelled']);
  });

  test('409 ends as if it had not been asked', () => {
    expect(reasons('409', 'succeeded')).toEqual([]);
    expect(reasons('409', 'cancelled')).toEqual(['lost rc-2: cancelled: no reason given']);
  });

  test.each(['503', 'ECONNRESET'])('%s to the last may be either', answer => {
    expect(reasons(answer, 'succeeded')).toEqual([]);
    expect(reasons(answer, 'cancelled')).toEqual([]);
  });

  test('otherwise than it may be is lost', () => {
    expect(reasons('404', 'succeeded')).toEqual(['lost rc-2: cancel was answered 404']);
  });

  test('is called for a second time only where the fault broke into the first', () => {
    expect(accountFor(after('202', 'cancelled', [call(2, 2_000), call(2, 4_000)])).doubled).toBe(1);
    const hit = after('202', 'cancelled', [call(2, 9_800), call(2, 12_000)]);
    const wishes = [
      {
        creationId: 'rc-2',
        call: 'cancel' as const,
        askedAt: 12_400,
        unanswered: [],
        answer: '202',
        answeredAt: 12_500,
      },
    ];
    expect(accountFor({ ...hit, wishes })).toMatchObject({ extraAiCalls: 1, doubled: 0 });
  });

  test('is not called for later, unless by a worker that the fault kept from hearing', () => {
    expect(reasons('202', 'cancelled', [call(2, cancelAt + 1_900)])).toEqual([]);
    expect(reasons('202', 'cancelled', [call(2, cancelAt + 2_100)])).toEqual([
      "doubled rc-2: cancelled at -5.0 s from the fault's beginning, and an AI call after that: -2.9 s to -2.2 s",
    ]);
    expect(reasons('202', 'cancelled', [call(2, 11_000)])).toEqual([]);
  });
});

describe('a creation that was paused and resumed', () => {
  const wishes = (pause: string): Evidence['wishes'] => [
    { creationId: 'rc-2', call: 'pause', askedAt: 1_400, unanswered: [], answer: pause, answeredAt: 1_500 },
    { creationId: 'rc-2', call: 'resume', askedAt: 4_500, unanswered: [], answer: '200', answeredAt: 4_600 },
  ];
  const calledAt = (pause: string, startedAt: number, more: Partial<Evidence> = {}) =>
    problems({ wishes: wishes(pause), calls: [call(1), call(2, startedAt), call(3)], ...more });

  test('is lost unless it succeeds', () => {
    const versions = evidence().versions.filter(({ creationId }) => creationId !== 'rc-2');
    const ended = (status: string) => [succeeded(1), succeeded(2, { status }), succeeded(3)];
    const calls = [call(1), call(3)];
    expect(problems({ wishes: wishes('200'), calls })).toEqual([]);
    expect(problems({ wishes: wishes('200'), calls, versions, ledger: ended('held') })).toEqual([
      'lost rc-2: still held',
    ]);
    expect(problems({ wishes: wishes('200'), calls, versions, ledger: ended('cancelled') })).toEqual([
      'lost rc-2: cancelled: no reason given',
    ]);
  });

  test('is not called for while it is held, unless by a worker that the fault kept from hearing', () => {
    expect(calledAt('200', 1_400)).toEqual([]);
    expect(calledAt('200', 4_550)).toEqual([]);
    expect(calledAt('200', 2_000)).toEqual([
      "doubled rc-2: an AI call while it was held, counted from the fault's beginning -8.0 s to -7.3 s",
    ]);
    expect(calledAt('200', 2_000, { strike: { beganAt: 1_000, endedAt: 1_200, hitsCalls: true } })).toEqual([]);
  });

  test('may be called for while its worker has not answered yet', () => {
    expect(calledAt('202', 2_000)).toEqual([]);
  });
});

describe('the longest gap', () => {
  test('may begin while the load goes on and end after it', () => {
    const ledger = [succeeded(1), succeeded(2), succeeded(3, { finishedAt: 60_000 })];
    expect(accountFor(evidence({ ledger })).longestGapMs).toBe(58_000);
  });

  test('is not shortened by what was cancelled', () => {
    const ledger = [succeeded(1), succeeded(2, { status: 'cancelled' }), succeeded(3, { finishedAt: 9_000 })];
    expect(accountFor(evidence({ ledger })).longestGapMs).toBe(8_000);
  });

  test('does not begin after the load', () => {
    const ledger = [succeeded(1), succeeded(2, { finishedAt: 21_000 }), succeeded(3, { finishedAt: 60_000 })];
    expect(accountFor(evidence({ ledger })).longestGapMs).toBe(20_000);
  });
});
