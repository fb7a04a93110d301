import { afterAll, describe, expect, test } from '@jest/globals';
import type { CreationStatus } from '@roleforge/contracts';
import {
  type AttemptLedger,
  CreationFailure,
  newCreationId,
  PENDING_SOURCES,
  type TakenCreation,
} from '@roleforge/domain';
import { newTenant, testServers } from '@roleforge/testkit';
import { createAttemptLedger, findCreation, listUnfinished, openDatabase } from './index.ts';
import { type aCreation, roleOf, taken, waitingCreation } from './ledger.fixture.ts';

const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
afterAll(() => database.close());

const NOW = new Date('2031-05-05T12:00:00.456Z');
const LATER = new Date(NOW.getTime() + 90_000);
const ledger = createAttemptLedger(database, () => NOW);
const failure = new CreationFailure('provider_timeout', 'The model did not answer.', {
  usage: { calls: 2, inputTokens: 30, outputTokens: 0, costUsd: 0.0005 },
});

async function waiting(given: Parameters<typeof aCreation>[1] = {}) {
  const { tenantId } = await newTenant(database);
  return waitingCreation(database, tenantId, given);
}

const row = async ({ tenantId, creationId }: TakenCreation) =>
  database.knex('role_creations').where({ tenant_id: tenantId, id: creationId }).first();

describe('taking a creation', () => {
  test('hands over what the work needs and marks it as running', async () => {
    const creation = await waiting({ priority: 'high', deadlineSeconds: 60 });
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
        limited: 0,
        deadlineAt: creation.deadlineAt,
        inlineSources: null,
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
  reach: (on, attempt) => on.reach(attempt, 'saving'),
  gathered: (on, attempt) => on.gathered(attempt, 'writing', PENDING_SOURCES, []),
  succeed: (on, attempt) => on.succeed(attempt, roleOf(attempt)),
  retry: (on, attempt) => on.retry(attempt, failure, LATER),
  release: (on, attempt) => on.release(attempt),
  fail: (on, attempt) => on.fail(attempt, failure),
  expire: (on, attempt) => on.expire(attempt, failure),
};

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
    await ledger.release(attempt);
    const before = await row(attempt);
    await expect(WRITES[write]?.(ledger, attempt)).rejects.toMatchObject({ code: 'attempt_superseded' });
    expect(await row(attempt)).toEqual(before);
  });
});

describe('the steps of an attempt', () => {
  test('reaching the step that it is at already is no loss of ownership', async () => {
    const attempt = await taken(ledger, await waiting());
    await ledger.reach(attempt, 'writing');
    await ledger.reach(attempt, 'writing');
    expect(await ledger.read(attempt.tenantId, attempt.creationId)).toMatchObject({ step: 'writing' });
  });

  test('what gathering came to is shown on the creation', async () => {
    const attempt = await taken(ledger, await waiting());
    const outcomes = { ...PENDING_SOURCES, products: { state: 'failed', ms: 12.5 } } as const;
    await ledger.gathered(attempt, 'writing', outcomes, [{ source: 'products', reason: 'failed' }]);
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
    await ledger.retry(await taken(ledger, creation), failure, LATER);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status: 'queued',
      step: null,
      attempts: 1,
      finishedAt: null,
      error: { code: 'provider_timeout', message: 'The model did not answer.', owner: 'provider', retryable: true },
    });
    const waits = (await listUnfinished(database, LATER, null, 10_000)).find(({ id }) => id === creation.id);
    expect(waits?.runAt).toEqual(LATER);
    expect(await row(await taken(ledger, creation))).toMatchObject({ retry_at: null });
  });

  test('release takes the attempt back', async () => {
    const creation = await waiting();
    await ledger.release(await taken(ledger, creation));
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
    await ledger[end](await taken(ledger, creation), failure);
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      status,
      step: null,
      finishedAt: NOW,
      error: { code: 'provider_timeout' },
    });
    expect(await ledger.take(creation.tenantId, creation.id)).toEqual({ kind: 'ended' });
  });

  test('usage adds up over the attempts, and an attempt without any adds nothing', async () => {
    const creation = await waiting();
    await ledger.retry(await taken(ledger, creation), failure, LATER);
    await ledger.retry(await taken(ledger, creation), new CreationFailure('source_unreadable', 'No answer.'), LATER);
    const last = await taken(ledger, creation);
    await ledger.succeed(last, roleOf(last));
    expect(await ledger.read(creation.tenantId, creation.id)).toMatchObject({
      attempts: 3,
      usage: { calls: 3, inputTokens: 130, outputTokens: 40, costUsd: 0.0025 },
    });
  });
});
