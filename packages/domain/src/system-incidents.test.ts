import { describe, expect, test } from '@jest/globals';
import { PRIORITIES } from '@roleforge/contracts';
import fc from 'fast-check';
import { findIncidents, OLDEST_WAITING_MS, systemOutlook } from './system-incidents.ts';
import { aQueue, aWorker, CALM } from './system-sample.fixture.ts';
import type { ProviderSample, SystemSample } from './system-sample.ts';

const found = (sample: Partial<SystemSample>) => findIncidents({ ...CALM, ...sample }).map(({ id }) => id);
const outlook = (sample: Partial<SystemSample>) => systemOutlook(findIncidents({ ...CALM, ...sample }));

const model: ProviderSample = {
  provider: 'house',
  model: 'qwen3',
  breaker: 'closed',
  openUntil: null,
  limitedUntil: null,
};
const later = new Date('2031-05-05T12:01:00.000Z');
const away = { redis: false, queue: null, workers: null, pace: null, providers: null, memory: null };
const WAITING = aQueue([
  [0, 0],
  [0, 0],
  [3, 20_000],
]);
const ledger = { scheduled: 0, queued: 0, held: 0, running: 0, cancelling: 0, stopped: 0, atLeast: false };

describe('what is wrong', () => {
  test('is nothing where nothing goes on, nor where much does', () => {
    expect(found({})).toEqual([]);
    const busy = aWorker({ inHand: { gathering: 1, writing: 8, saving: 1 } });
    expect(found({ queue: WAITING, workers: [busy], ledger: { ...ledger, queued: 3 } })).toEqual([]);
    expect(outlook({})).toBe('operational');
  });

  test.each([
    ['a database that does not answer', { mysql: false, ledger: null, webhooks: null }, ['mysql_away'], 'down'],
    ['a queue that does not answer', away, ['redis_away'], 'degraded'],
    ['a pause of the operator’s', { pausedSince: later }, ['system_paused'], 'paused'],
    ['a queue that is paused, whoever did it', { queue: aQueue([], { paused: true }) }, ['system_paused'], 'paused'],
    ['jobs whose workers are gone', { queue: aQueue([], { active: 3 }), workers: [] }, ['no_workers'], 'degraded'],
    ['jobs without a worker', { queue: WAITING, workers: [] }, ['no_workers'], 'degraded'],
    [
      'jobs and workers that stop',
      { queue: WAITING, workers: [aWorker({ phase: 'stopping' })] },
      ['no_workers'],
      'degraded',
    ],
    ['jobs beside free hands', { queue: WAITING }, ['nothing_taken'], 'degraded'],
    [
      'a breaker that is open',
      { providers: [{ ...model, breaker: 'open' }] },
      ['breaker_open:house/qwen3'],
      'degraded',
    ],
    [
      'a provider that wants no calls',
      { providers: [{ ...model, limitedUntil: later }] },
      ['provider_limited:house'],
      'operational',
    ],
    [
      'webhooks that are late',
      { webhooks: { pending: 9, due: 2, oldestDueMs: 121_000, atLeast: false } },
      ['webhook_backlog'],
      'degraded',
    ],
    [
      'a Redis that forgets',
      { memory: { usedBytes: 1, maxBytes: 9, evictionPolicy: 'allkeys-lru' } },
      ['eviction_policy'],
      'degraded',
    ],
    [
      'a Redis that is full',
      { memory: { usedBytes: 91, maxBytes: 100, evictionPolicy: 'noeviction' } },
      ['redis_memory'],
      'degraded',
    ],
    [
      'a ledger with more than the queue holds',
      { ledger: { ...ledger, queued: 11 } },
      ['ledger_and_queue_apart'],
      'degraded',
    ],
  ] satisfies [string, Partial<SystemSample>, string[], string][])('%s', (_, sample, ids, comesTo) => {
    expect([found(sample), outlook(sample)]).toEqual([ids, comesTo]);
  });

  test('no worker is missed while there is nothing to do, nor while the system is paused', () => {
    expect(found({ workers: [] })).toEqual([]);
    expect(found({ workers: [], queue: { ...WAITING, paused: true } })).toEqual(['system_paused']);
  });

  test('workers that stop are left to finish what they have in hand', () => {
    expect(found({ queue: aQueue([], { active: 3 }), workers: [aWorker({ phase: 'stopping' })] })).toEqual([]);
  });

  test('full hands take nothing, and those of a former release do not say whether they are', () => {
    const full = aWorker({ inHand: { gathering: 0, writing: 10, saving: 0 } });
    const silent = aWorker({ phase: 'unknown', concurrency: null, inHand: null });
    expect(found({ queue: WAITING, workers: [full, silent] })).toEqual([]);
  });

  test('creations that tenants keep from being begun are not missed on the queue', () => {
    expect(found({ ledger: { ...ledger, queued: 500, held: 40, stopped: 500 } })).toEqual([]);
  });

  test('counts that were broken off are compared with nothing', () => {
    expect(found({ ledger: { ...ledger, queued: 100_000, atLeast: true } })).toEqual([]);
  });

  test('a provider that is known by its address alone is not named', () => {
    const [incident] = findIncidents({ ...CALM, providers: [{ ...model, provider: 'gpu-1:8000', breaker: 'open' }] });
    expect(incident).toMatchObject({ id: 'breaker_open:default/qwen3' });
    expect(incident?.message).not.toContain('gpu');
  });

  test('each class has an age of its own from which on it is too old', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_600_000 }), { minLength: 4, maxLength: 4 }), ages => {
        const busy = aWorker({ inHand: { gathering: 0, writing: 10, saving: 0 } });
        const ids = found({ queue: aQueue(ages.map(age => [1, age])), workers: [busy] });
        const old = PRIORITIES.filter((priority, index) => (ages[index] ?? 0) > OLDEST_WAITING_MS[priority]);
        expect(ids).toEqual(old.map(priority => `waiting_too_long:${priority}`));
      }),
    );
  });

  test('comes the gravest first, each with one sentence', () => {
    const all = findIncidents({
      ...CALM,
      queue: aQueue([[3, 99_000]]),
      workers: [],
      mysql: false,
      providers: [
        { ...model, limitedUntil: later },
        { ...model, model: 'b', breaker: 'open' },
      ],
    });
    expect(all.map(({ severity }) => severity)).toEqual(['critical', 'critical', 'major', 'major', 'minor']);
    for (const { message } of all) expect(message).toMatch(/^[A-Z][^.]*\.$/);
  });
});
