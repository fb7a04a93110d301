import { afterAll, describe, expect, test } from '@jest/globals';
import type { CreationStatus, Strategy } from '@roleforge/contracts';
import {
  type AttemptLedger,
  CreationFailure,
  newCreationId,
  PENDING_SOURCES,
  type TakenCreation,
} from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import {
  cancelCreation,
  createAttemptLedger,
  findCreation,
  listUnfinishedOf,
  openDatabase,
  pauseCreation,
} from './index.ts';
import { type aCreation, DRAFT, GATHERED, roleOf, taken, waitingCreation } from './ledger.fixture.ts';
import { restartCreation } from './steer-creation.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const LATER = new Date(NOW.getTime() + 90_000);
const ledger = createAttemptLedger(database, () => NOW);
const AT_WRITING = { step: 'writing' } as const;
const failure = new CreationFailure('provider_timeout', 'The model did not answer.');

const LIMITED = { reason: 'provider_limited', until: LATER, message: 'It waits its turn.' } as const;

async function waiting(given: Parameters<typeof aCreation>[1] = {}) {
  const { tenantId } = await newTenant(database);
  return waitingCreation(database, tenantId, given);
}

const row = async ({ tenantId, creationId }: TakenCreation) =>
  database.knex('role_creations').where({ tenant_id: tenantId, id: creationId }).first();

describe('taking a creation', () => {
  test('hands over what the work needs and marks it as running', async () => {
    const creation = await waiting({ priority: 'high', deadlineSeconds: 60, now: NOW });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({
      kind: 'taken',
      creation: {
        tenantId: creation.tenantId,
        creationId: creation.id,
        epoch: 1,
        taskId: creation.taskId,
        roleId: creation.roleId,
        strategyId: creation.strategyId,
        priority: 'high',
        attempts: 1,
        failures: { service: 0, limit: 0, provider: 0, draft: 0 },
        generation: 0,
        deadlineAt: creation.deadlineAt,
        inlineSources: null,
        regenerate: null,
        putOff: false,
        waitedSince: NOW,
        checkpoint: { gathered: null, draft: null },
      },
    });
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'running',
      step: 'gathering',
      attempts: 1,
      startedAt: NOW,
    });
  });

  test('a second time raises epoch and attempts, and keeps the time of the first start', async () => {
    const creation = await waiting();
    await taken(ledger, creation);
    const again = await taken(
      createAttemptLedger(database, () => LATER),
      creation,
    );
    expect(again).toMatchObject({ epoch: 2, attempts: 2 });
    expect(await findCreation(database, creation.tenantId, creation.id)).toMatchObject({ startedAt: NOW });
  });

  test('at the same moment by many gives each an epoch of its own', async () => {
    const creation = await waiting();
    const all = await Promise.all(Array.from({ length: 8 }, () => taken(ledger, creation)));
    expect(all.map(({ epoch }) => epoch).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test.each<CreationStatus>(['succeeded', 'failed', 'cancelled', 'expired'])(
    'finds one that is %s to have ended',
    async status => {
      const creation = await waiting();
      await database.knex('role_creations').where({ tenant_id: creation.tenantId, id: creation.id }).update({ status });
      expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
      expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({ status, attempts: 0, startedAt: null });
    },
  );

  test('finds one that is held to be unavailable', async () => {
    const creation = await waiting();
    await database.knex('role_creations').where('id', creation.id).update({ status: 'held' });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'unavailable', status: 'held' });
  });

  test('knows neither an id that was never given nor another tenant’s', async () => {
    const creation = await waiting();
    const { tenantId: stranger } = await newTenant(database);
    expect(await ledger.take(creation.tenantId, newCreationId(NOW.getTime()))).toEqual({ kind: 'unknown' });
    expect(await ledger.take(stranger, creation.id)).toEqual({ kind: 'unknown' });
    expect(await ledger.read(stranger, creation.id)).toBeNull();
  });
});

/** Every write of an attempt. */
const WRITES: Record<string, (ledger: AttemptLedger, attempt: TakenCreation) => Promise<unknown>> = {
  gatheredInVain: (on, attempt) => on.gatheredInVain(attempt, PENDING_SOURCES),
  gathered: (on, attempt) => on.gathered(attempt, GATHERED, PENDING_SOURCES, []),
  written: (on, attempt) => on.written(attempt, DRAFT),
  holdIfAsked: (on, attempt) => on.holdIfAsked(attempt, AT_WRITING),
  succeed: (on, attempt) => on.succeed(attempt, roleOf(attempt)),
  retry: (on, attempt) => on.retry(attempt, AT_WRITING, failure, LATER),
  release: (on, attempt) => on.release(attempt, AT_WRITING),
  putOff: (on, attempt) => on.putOff(attempt, LIMITED),
  fail: (on, attempt) => on.fail(attempt, AT_WRITING, failure),
  expire: (on, attempt) => on.expire(attempt, AT_WRITING, failure),
};

describe('an attempt that is put off', () => {
  test('leaves its creation to wait until then, as if it had not been begun', async () => {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    expect(await ledger.putOff(attempt, LIMITED)).toBe('queued');
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'queued',
      step: null,
      attempts: 0,
      retryAt: LATER,
      error: { code: 'provider_limited', owner: 'provider', retryable: true },
      history: [],
    });
  });

  test('is known to whoever takes it next, and numbers none of the attempts that count', async () => {
    const creation = await waiting();
    await ledger.retry(await taken(ledger, creation), AT_WRITING, failure, LATER);
    for (const putOff of [false, true, true]) {
      const attempt = await taken(ledger, creation);
      expect(attempt).toMatchObject({ putOff, attempts: 2, failures: { provider: 1 } });
      await ledger.putOff(attempt, LIMITED);
    }
    const last = await taken(ledger, creation);
    await ledger.succeed(last, roleOf(last));
    const { history, attempts } = (await ledger.read(creation.tenantId, creation.id)) ?? {};
    expect(attempts).toBe(2);
    expect(history?.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'retried'],
      [2, 'succeeded'],
    ]);
  });

  test('is held where its owner has asked for that meanwhile', async () => {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    await pauseCreation(database, creation);
    expect(await ledger.putOff(attempt, LIMITED)).toBe('held');
  });
});

test('a draft by a model that stood in for another says so on the creation, once, beside what gathering did without', async () => {
  const creation = await waiting();
  const attempt = await taken(ledger, creation);
  const missing = { source: 'products', reason: 'empty' } as const;
  const standIn = { writer: 'ai', model: 'm-2', reason: 'breaker_open' } as const;
  await ledger.gathered(attempt, GATHERED, PENDING_SOURCES, [missing]);
  for (let time = 0; time < 2; time += 1) await ledger.written(attempt, { ...DRAFT, degraded: [standIn] });
  expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({ degraded: [missing, standIn] });
});

describe('an attempt that no longer owns its creation', () => {
  test.each(Object.keys(WRITES))('is told so by %s, which changes nothing', async write => {
    const creation = await waiting();
    const old = await taken(ledger, creation);
    const current = await taken(ledger, creation);
    const before = await row(old);
    await expect(WRITES[write]?.(ledger, old)).rejects.toMatchObject({ code: 'attempt_superseded' });
    expect(await row(old)).toEqual(before);
    expect(await database.knex('roles').where('tenant_id', creation.tenantId)).toEqual([]);
    await WRITES[write]?.(ledger, current);
  });

  test.each(Object.keys(WRITES))('is told so by %s after it gave the creation back', async write => {
    const attempt = await taken(ledger, await waiting());
    await ledger.release(attempt, AT_WRITING);
    const before = await row(attempt);
    await expect(WRITES[write]?.(ledger, attempt)).rejects.toMatchObject({ code: 'attempt_superseded' });
    expect(await row(attempt)).toEqual(before);
  });
});

describe('the steps of an attempt', () => {
  test('noting a step that is noted already is no loss of ownership', async () => {
    const attempt = await taken(ledger, await waiting());
    for (let times = 0; times < 2; times += 1) await ledger.gathered(attempt, GATHERED, PENDING_SOURCES, []);
    for (let times = 0; times < 2; times += 1) await ledger.written(attempt, DRAFT);
    expect(await ledger.read(attempt.tenantId, attempt.creationId)).toMatchObject({
      step: 'saving',
      kept: ['sources', 'draft'],
    });
  });

  test('a further attempt goes on after the last finished step', async () => {
    const creation = await waiting();
    const first = await taken(ledger, creation);
    await ledger.gathered(first, GATHERED, PENDING_SOURCES, []);
    const second = await taken(ledger, creation);
    expect(second.checkpoint).toEqual({ gathered: GATHERED, draft: null });
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({ step: 'writing' });
    await ledger.written(second, DRAFT);
    await ledger.release(second, { step: 'saving' });
    const third = await taken(ledger, creation);
    expect(third.checkpoint).toEqual({ gathered: GATHERED, draft: DRAFT });
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({ step: 'saving' });
    await ledger.succeed(third, roleOf(third));
    expect(await row(third)).toMatchObject({ gathered: null, draft: null });
  });

  test('what an earlier release gathered is completed with what strategies have gained since', async () => {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    const { fallbackModels: _, tokenBudgets: __, onWriterUnavailable: ___, ...earlier } = GATHERED.strategy;
    await ledger.gathered(attempt, { ...GATHERED, strategy: earlier as Strategy }, PENDING_SOURCES, []);
    expect((await taken(ledger, creation)).checkpoint.gathered).toEqual(GATHERED);
  });

  test('one that its owner wants to wait is held between two steps, and the attempt does not count', async () => {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    expect(await ledger.holdIfAsked(attempt, AT_WRITING)).toBe(false);
    expect(await pauseCreation(database, creation)).toBe('asked');
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'running',
      pauseRequested: true,
    });
    expect(await ledger.holdIfAsked(attempt, AT_WRITING)).toBe(true);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'held',
      step: null,
      attempts: 0,
      pauseRequested: false,
      history: [{ number: 1, outcome: 'held', step: 'writing' }],
    });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'unavailable', status: 'held' });
  });

  test('one that its owner wants cancelled takes no more notes, and ends with a receipt', async () => {
    const creation = await waiting();
    const attempt = await taken(ledger, creation);
    await ledger.gathered(attempt, GATHERED, PENDING_SOURCES, []);
    expect(await cancelCreation(database, creation, NOW)).toBe('asked');
    await expect(ledger.holdIfAsked(attempt, AT_WRITING)).rejects.toMatchObject({ code: 'attempt_superseded' });
    await expect(ledger.succeed(attempt, roleOf(attempt))).rejects.toMatchObject({ code: 'attempt_superseded' });
    expect(await ledger.orders([attempt])).toMatchObject([{ creationId: creation.id, epoch: 1, order: 'cancel' }]);
    // What has been paid for is kept all the same.
    await ledger.written(attempt, DRAFT);
    await ledger.concede(attempt, AT_WRITING);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'cancelled',
      finishedAt: NOW,
      cancelledStep: 'writing',
      kept: ['sources', 'draft'],
    });
  });

  test('only those that are not to go on are given an order', async () => {
    const [going, old] = [await taken(ledger, await waiting()), await taken(ledger, await waiting())];
    await ledger.take(old.tenantId, old.creationId);
    expect(await ledger.orders([going, old])).toEqual([{ creationId: old.creationId, epoch: 1, order: 'letGo' }]);
    expect(await ledger.orders([])).toEqual([]);
  });

  test('what gathering came to is shown on the creation', async () => {
    const attempt = await taken(ledger, await waiting());
    const outcomes = { ...PENDING_SOURCES, products: { state: 'failed', ms: 12.5 } } as const;
    await ledger.gathered(attempt, GATHERED, outcomes, [{ source: 'products', reason: 'failed' }]);
    expect(await ledger.read(attempt.tenantId, attempt.creationId)).toMatchObject({
      step: 'writing',
      sources: outcomes,
      degraded: [{ source: 'products', reason: 'failed' }],
    });
  });
});

describe('the ends of an attempt', () => {
  test('retry sends it back with its error, not to be taken before its time', async () => {
    const creation = await waiting();
    await ledger.retry(await taken(ledger, creation), AT_WRITING, failure, LATER);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'queued',
      step: null,
      attempts: 1,
      finishedAt: null,
      error: { code: 'provider_timeout', message: 'The model did not answer.', owner: 'provider', retryable: true },
    });
    const [waits] = await listUnfinishedOf(database, creation.tenantId, 'queued', { after: null, limit: 10 });
    expect(waits).toMatchObject({ id: creation.id, runAt: LATER });
    expect(await row(await taken(ledger, creation))).toMatchObject({ retry_at: null });
  });

  test('release takes the attempt back', async () => {
    const creation = await waiting();
    await ledger.release(await taken(ledger, creation), AT_WRITING);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'queued',
      step: null,
      attempts: 0,
      error: null,
    });
    expect(await taken(ledger, creation)).toMatchObject({ epoch: 2, attempts: 1 });
  });

  test.each([
    ['fail', 'failed'],
    ['expire', 'expired'],
  ] as const)('%s is final', async (end, status) => {
    const creation = await waiting();
    await ledger[end](await taken(ledger, creation), AT_WRITING, failure);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status,
      step: null,
      finishedAt: NOW,
      error: { code: 'provider_timeout' },
    });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
  });

  test('a draft that was no use raises the generation, also over a restart', async () => {
    const creation = await waiting();
    const first = await taken(ledger, creation);
    expect(first.generation).toBe(0);
    await ledger.fail(first, AT_WRITING, new CreationFailure('draft_invalid', 'Not JSON.'));
    expect(await restartCreation(database, creation, NOW)).toBe(true);
    expect(await taken(ledger, creation)).toMatchObject({ generation: 1, failures: { draft: 0 } });
  });
});
