import { describe, expect, test } from '@jest/globals';
import { CreationStatus, Explanation, type WaitReason } from '@roleforge/contracts';
import fc from 'fast-check';
import { isTerminal } from './creation-states.ts';
import { explainWait, type WaitFacts } from './explanation.ts';
import { CreationFailure } from './failures.ts';
import { newCreationId } from './ids.ts';

const NOW = new Date('2031-05-05T12:00:00.000Z');
const [EARLIER, LATER, LATEST] = [-60_000, 60_000, 120_000].map(ms => new Date(NOW.getTime() + ms)) as [
  Date,
  Date,
  Date,
];
const id = newCreationId(NOW.getTime());
const RECORD: WaitFacts['record'] = {
  id,
  status: 'queued',
  step: null,
  runAt: null,
  retryAt: null,
  attempts: 0,
  error: null,
  pauseRequested: false,
};
const limited = new CreationFailure('provider_limited', '429').toJSON();
const broken = new CreationFailure('breaker_open', 'It is failing.').toJSON();
const timedOut = new CreationFailure('provider_timeout', 'No answer.').toJSON();

type Given = Partial<Omit<WaitFacts, 'record'>> & { record?: Partial<WaitFacts['record']> };

function explain({ record, ...around }: Given): Explanation {
  return explainWait({
    record: { ...RECORD, ...record },
    systemPaused: false,
    tenantSuspended: false,
    tenantPaused: false,
    parked: null,
    position: null,
    queued: null,
    workers: null,
    now: NOW,
    ...around,
  });
}

const codes = (given: Given): WaitReason[] => explain(given).reasons.map(({ code }) => code);

describe('the explanation of a wait', () => {
  test('says which creation it is about, and its state', () => {
    expect(explain({ record: { status: 'held' } })).toMatchObject({ id, status: 'held' });
  });

  test.each(CreationStatus.options.filter(isTerminal))('one that is %s has ended, whatever else is true', status => {
    const given: Given = { record: { status, runAt: LATER, retryAt: LATER }, tenantPaused: true, workers: 0 };
    expect(explain(given).reasons).toEqual([{ code: 'ended', message: `It has ended: ${status}.` }]);
  });

  test('one that runs is in a worker’s hand, with its step; a pause that is asked for is told', () => {
    expect(explain({ record: { status: 'running', step: 'writing' } }).reasons).toEqual([
      { code: 'running', message: 'A worker has it in hand: writing.' },
    ]);
    expect(codes({ record: { status: 'running', pauseRequested: true } })).toEqual(['running', 'pausing']);
  });

  test('one that is to be cancelled waits for its worker', () => {
    expect(codes({ record: { status: 'cancelling', step: 'writing' } })).toEqual(['cancelling']);
  });

  test('one that waits its turn is told its place', () => {
    expect(explain({ position: 3, queued: true }).reasons).toEqual([
      { code: 'waiting_turn', message: '2 are before it.', detail: { position: 3 } },
    ]);
    expect(explain({ position: 1, queued: true }).reasons).toMatchObject([{ message: 'It is the next to be begun.' }]);
  });

  test('while Redis is away it is told so, and that nothing is lost', () => {
    expect(explain({ position: null, queued: null }).reasons).toEqual([
      {
        code: 'queue_away',
        message: 'The queue does not answer. It is committed, and goes on when the queue is back.',
      },
    ]);
    expect(codes({ record: { status: 'scheduled', runAt: LATER }, queued: null })).toEqual(['scheduled']);
  });

  test('where the queue has it without a place, it waits its turn', () => {
    expect(explain({ position: null, queued: true }).reasons).toEqual([
      { code: 'waiting_turn', message: 'It waits its turn.' },
    ]);
  });

  test('one that the queue has not got is told so', () => {
    expect(codes({ queued: false })).toEqual(['not_queued']);
  });

  test('without a worker nothing is begun, whatever its place', () => {
    expect(codes({ workers: 0, queued: true, position: 1 })).toEqual(['no_worker', 'waiting_turn']);
    expect(codes({ workers: 1, queued: true, position: 1 })).toEqual(['waiting_turn']);
  });

  test('what its owner holds back is told before what passes by itself', () => {
    const record = { status: 'held', runAt: LATER } as const;
    expect(codes({ record, tenantPaused: true, queued: false })).toEqual(['held', 'tenant_paused', 'scheduled']);
  });

  test('one that is to run later is told until when, and not its place', () => {
    expect(explain({ record: { status: 'scheduled', runAt: LATER }, queued: true }).reasons).toEqual([
      { code: 'scheduled', message: 'It is not to be begun before its runAt.', until: LATER.toISOString() },
    ]);
    expect(codes({ record: { status: 'scheduled', runAt: NOW }, queued: true })).toEqual(['waiting_turn']);
  });

  test('one whose attempt failed is told when the next begins, and after what', () => {
    const retried = { retryAt: LATER, attempts: 2, error: timedOut };
    expect(explain({ record: retried }).reasons).toEqual([
      {
        code: 'retry_wait',
        message: 'Attempt 3 follows after a pause.',
        until: LATER.toISOString(),
        detail: { attempt: 3, error: 'provider_timeout' },
      },
    ]);
    expect(codes({ record: { ...retried, retryAt: EARLIER }, queued: true, position: 1 })).toEqual(['waiting_turn']);
  });

  test('one that a provider’s limits put off is told that first', () => {
    const record = { retryAt: LATER, attempts: 1, error: limited };
    expect(codes({ record, queued: true })).toEqual(['provider_limited', 'retry_wait']);
    expect(codes({ record, tenantPaused: true })).toEqual(['tenant_paused', 'provider_limited', 'retry_wait']);
  });

  test('one that waits for a failing provider is told that first, and until when', () => {
    const { reasons } = explain({ record: { retryAt: LATER, error: broken }, queued: true });
    expect(reasons).toMatchObject([{ code: 'breaker_open', until: LATER.toISOString() }, { code: 'retry_wait' }]);
  });
});

/** The most decisive first. */
const ORDER: WaitReason[] = [
  'system_paused',
  'tenant_suspended',
  'ended',
  'cancelling',
  'running',
  'pausing',
  'held',
  'tenant_paused',
  'scheduled',
  'provider_limited',
  'breaker_open',
  'retry_wait',
  'spend_limit',
  'concurrency_cap',
  'no_worker',
  'queue_away',
  'not_queued',
  'waiting_turn',
];

describe('what stops more than this one', () => {
  test('one that its tenant’s cap keeps out says so, with the cap', () => {
    expect(explain({ parked: { cap: 5, spent: false }, queued: true, workers: 0 }).reasons).toEqual([
      expect.objectContaining({ code: 'concurrency_cap', detail: { cap: 5 } }),
    ]);
    expect(explain({ parked: { cap: null, spent: false } }).reasons[0]).not.toHaveProperty('detail');
  });

  test('one whose tenant has spent what it may waits for the next month', () => {
    expect(explain({ parked: { cap: 5, spent: true } }).reasons).toEqual([
      expect.objectContaining({ code: 'spend_limit', until: '2031-06-01T00:00:00.000Z' }),
    ]);
  });

  test('what stops all is told before what stops the tenant, and both before what stops this one', () => {
    const given: Given = {
      systemPaused: true,
      tenantSuspended: true,
      tenantPaused: true,
      parked: { cap: 1, spent: false },
    };
    expect(codes(given)).toEqual(['system_paused', 'tenant_suspended', 'tenant_paused', 'concurrency_cap']);
  });
});

test('whatever the facts, there is a reason; none contradicts another or the state, and the most decisive comes first', () => {
  const time = fc.option(fc.constantFrom(EARLIER, NOW, LATER, LATEST));
  const facts: fc.Arbitrary<WaitFacts> = fc.record({
    record: fc.record({
      id: fc.constant(id),
      status: fc.constantFrom(...CreationStatus.options),
      step: fc.constantFrom('gathering', 'writing', 'saving', null),
      runAt: time,
      retryAt: time,
      attempts: fc.nat(60),
      error: fc.constantFrom(null, limited, broken, timedOut),
      pauseRequested: fc.boolean(),
    }),
    systemPaused: fc.boolean(),
    tenantSuspended: fc.boolean(),
    tenantPaused: fc.boolean(),
    parked: fc.option(fc.record({ cap: fc.option(fc.nat()), spent: fc.boolean() })),
    position: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
    queued: fc.option(fc.boolean()),
    workers: fc.option(fc.nat(3)),
    now: fc.constant(NOW),
  });
  fc.assert(
    fc.property(facts, given => {
      const { status } = given.record;
      const explanation = explainWait(given);
      expect(Explanation.parse(JSON.parse(JSON.stringify(explanation)))).toEqual(explanation);
      const told = explanation.reasons.map(({ code }) => code);
      expect(told.length).toBeGreaterThan(0);
      expect(told).toEqual(ORDER.filter(code => told.includes(code)));
      const has = (code: WaitReason) => told.includes(code);
      expect(has('ended')).toBe(isTerminal(status));
      expect(has('cancelling')).toBe(status === 'cancelling');
      expect(has('running')).toBe(status === 'running');
      expect(has('held')).toBe(status === 'held');
      if (['running', 'cancelling'].includes(status) || isTerminal(status)) expect(has('tenant_paused')).toBe(false);
      else expect(has('tenant_paused')).toBe(given.tenantPaused);
      if (has('not_queued')) expect(has('waiting_turn')).toBe(false);
      if (has('waiting_turn') || has('not_queued'))
        for (const code of [
          'system_paused',
          'held',
          'tenant_paused',
          'scheduled',
          'retry_wait',
          'concurrency_cap',
        ] as const)
          expect(has(code)).toBe(false);
      for (const { until } of explanation.reasons)
        if (until !== undefined) expect(Date.parse(until)).toBeGreaterThan(NOW.getTime());
    }),
  );
});
