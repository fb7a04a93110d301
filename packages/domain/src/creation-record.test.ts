import { describe, expect, test } from '@jest/globals';
import { Creation, SubmitCreation, TenantId } from '@roleforge/contracts';
import fc from 'fast-check';
import { deadlineOf, isToCome, newCreation, presentCreation } from './creation-record.ts';
import { roleIdOf } from './ids.ts';

const NOW = new Date('2027-01-01T08:00:00.000Z');
const HOUR = 3_600_000;
const tenantId = TenantId.parse('tenant_01jd8z0m3x5v7w9y1b3d5f7h9k');
const origin = { tenantId, requestId: 'req-1', traceparent: null, now: NOW };

function accepted(body: object) {
  return newCreation(SubmitCreation.parse({ taskId: 'tea-shop', ...body }), origin);
}

const inHours = (hours: number) => new Date(NOW.getTime() + hours * HOUR).toISOString();

describe('an accepted submission', () => {
  test('is queued, untouched, and belongs to who sent it', () => {
    expect(accepted({ metadata: { orderNo: 'A-17' } })).toMatchObject({
      tenantId,
      requestId: 'req-1',
      taskId: 'tea-shop',
      strategyId: 'default',
      roleId: roleIdOf(tenantId, SubmitCreation.parse({ taskId: 'tea-shop' }).taskId),
      roleVersion: null,
      priority: 'normal',
      status: 'queued',
      step: null,
      attempts: 0,
      createdAt: NOW,
      runAt: null,
      deadlineAt: null,
      metadata: { orderNo: 'A-17' },
      webhook: null,
      inlineSources: null,
    });
  });

  test('keeps the sources and the webhook that came along', () => {
    const sources = { baseInfo: { name: '茶小满', locale: 'zh-CN' } };
    const webhook = { url: 'https://example.com/hooks' };
    expect(accepted({ sources, webhook })).toMatchObject({ inlineSources: sources, webhook });
  });

  test('is scheduled when it is to run later', () => {
    expect(accepted({ runAt: inHours(1) })).toMatchObject({ status: 'scheduled', runAt: new Date(inHours(1)) });
  });

  test.each([
    ['now', 0],
    ['in the past', -1],
  ])('is queued when it is to run %s', (_, hours) => {
    expect(accepted({ runAt: inHours(hours) }).status).toBe('queued');
  });

  test('reads a time with an offset as the moment that it means', () => {
    expect(accepted({ runAt: '2027-01-01T17:00:00+08:00' }).runAt).toEqual(new Date(inHours(1)));
  });

  test.each([
    ['acceptance where it may run at once', {}, 600_000],
    ['acceptance where it was to run in the past', { runAt: inHours(-1) }, 600_000],
    ['when it may first run', { runAt: inHours(2) }, 2 * HOUR + 600_000],
  ])('has a deadline counted from %s', (_, when, ms) => {
    expect(accepted({ deadlineSeconds: 600, ...when }).deadlineAt).toEqual(new Date(NOW.getTime() + ms));
  });
});

describe('when a creation may run and when it expires', () => {
  const [before, after] = [new Date(inHours(-1)), new Date(inHours(1))];

  test.each([
    [null, false],
    [before, false],
    [NOW, false],
    [new Date(NOW.getTime() + 1), true],
  ])('runAt %p is to come: %p', (runAt, toCome) => {
    expect(isToCome(runAt, NOW)).toBe(toCome);
  });

  test.each([
    ['never without deadlineSeconds', null, after, null],
    ['counted from now where it may run at once', 90, null, 90_000],
    ['counted from now where runAt is past', 90, before, 90_000],
    ['counted from now where runAt is now', 90, NOW, 90_000],
    ['counted from runAt where that is to come', 90, after, HOUR + 90_000],
  ])('it expires %s', (_, seconds, runAt, ms) => {
    expect(deadlineOf(seconds, runAt, NOW)).toEqual(ms === null ? null : new Date(NOW.getTime() + ms));
  });

  test('a deadline is never before the time that its creation may first run, nor before it was asked for', () => {
    const time = fc.date({ min: new Date(0), max: new Date('9998-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 604_800 }), fc.option(time), time, (seconds, runAt, now) => {
        const deadline = deadlineOf(seconds, runAt, now)?.getTime() ?? 0;
        expect(deadline - Math.max(now.getTime(), runAt?.getTime() ?? 0)).toBe(seconds * 1000);
      }),
    );
  });
});

describe('a creation as clients see it', () => {
  test('has the fields of the contract, in its order, and no others', () => {
    const shown = presentCreation(accepted({ sources: { baseInfo: { name: 'Mira', locale: 'en' } } }));
    expect(Object.keys(shown).join(' ')).toBe(
      'id object status step pausing requestId taskId strategyId roleId roleVersion priority attempts createdAt runAt deadlineAt ' +
        'startedAt finishedAt queue sources degraded usage error history cancellation regenerate metadata links',
    );
    const pending = { state: 'pending' };
    expect(shown).toMatchObject({
      object: 'role_creation',
      createdAt: NOW.toISOString(),
      queue: null,
      sources: { baseInfo: pending, talkStyle: pending, knowledge: pending, products: pending },
      degraded: [],
      usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
      error: null,
      metadata: {},
      links: {
        self: `/v1/role-creations/${shown.id}`,
        events: `/v1/role-creations/${shown.id}/events`,
        explain: `/v1/role-creations/${shown.id}/explain`,
        cancel: `/v1/role-creations/${shown.id}/cancel`,
        pause: `/v1/role-creations/${shown.id}/pause`,
        resume: `/v1/role-creations/${shown.id}/resume`,
        retry: `/v1/role-creations/${shown.id}/retry`,
        role: `/v1/roles/${shown.roleId}`,
      },
    });
  });

  test('shows its place in the queue where that is known', () => {
    const queue = { position: 3, estimatedStartAt: inHours(1) };
    expect(presentCreation(accepted({}), queue).queue).toEqual(queue);
  });

  test('shows when it ran once it has ended', () => {
    const [startedAt, finishedAt] = [new Date(inHours(1)), new Date(inHours(2))];
    const shown = presentCreation({ ...accepted({}), status: 'succeeded', roleVersion: 2, startedAt, finishedAt });
    expect(Creation.parse(shown)).toMatchObject({ startedAt: inHours(1), finishedAt: inHours(2), roleVersion: 2 });
  });

  test('shows a receipt once it is cancelled, and none before', () => {
    const usage = { calls: 2, inputTokens: 120, outputTokens: 30, costUsd: 0.01 };
    const record = { ...accepted({}), usage, cancelledStep: 'writing', kept: ['sources'] } as const;
    expect(presentCreation({ ...record, kept: ['sources'], status: 'cancelling' }).cancellation).toBeNull();
    expect(presentCreation({ ...record, kept: ['sources'], status: 'cancelled' }).cancellation).toEqual({
      step: 'writing',
      inputTokens: 120,
      outputTokens: 30,
      kept: ['sources'],
    });
    expect(presentCreation({ ...accepted({}), status: 'cancelled' }).cancellation).toEqual({
      step: null,
      inputTokens: 0,
      outputTokens: 0,
      kept: [],
    });
  });

  test('parses with its own schema whatever was submitted', () => {
    const submission = fc.record(
      {
        strategyId: fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/),
        priority: fc.constantFrom('urgent', 'high', 'normal', 'low'),
        runAt: fc
          .date({ min: new Date(0), max: new Date('9998-12-31'), noInvalidDate: true })
          .map(at => at.toISOString()),
        deadlineSeconds: fc.integer({ min: 1, max: 604_800 }),
        metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 64 }), fc.string({ maxLength: 500 }), {
          maxKeys: 20,
        }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(submission, body => {
        const shown = presentCreation(accepted(body));
        expect(Creation.parse(JSON.parse(JSON.stringify(shown)))).toEqual(shown);
      }),
    );
  });
});
