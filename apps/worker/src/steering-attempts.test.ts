import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { cancelCreation, createAttemptLedger, pauseCreation, setTenantPaused } from '@roleforge/db';
import { silentLogger } from '@roleforge/telemetry';
import { type ScriptedModel, startScriptedModel, startStopwatch, startTcpProxy } from '@roleforge/testkit';
import { reconcile } from './reconcile.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
let model: ScriptedModel;
beforeEach(async () => {
  [workshop, model] = await Promise.all([openWorkshop(), startScriptedModel()]);
  await workshop.storeSources('tea-shop', TEA_SHOP);
});
afterEach(async () => {
  await model.close();
  await workshop.close();
});

const startWorker = (env: Record<string, string> = {}) =>
  workshop.startWorker({ AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', AI_API_KEY: 'sk-scripted', ...env });

const keyOf = (id: CreationId) => ({ tenantId: workshop.tenantId, id });
const recordOf = (id: CreationId) => createAttemptLedger(workshop.database).read(workshop.tenantId, id);
const runReconciler = (clock = () => new Date(Date.now() + 3_600_000)) =>
  reconcile({ ...workshop, log: silentLogger, clock });

/** Asks the ledger again until the creation is in this state; nobody tells of it. */
async function comesTo(id: CreationId, status: string): Promise<void> {
  while ((await workshop.read(id)).status !== status);
}

async function inTheModelsHands(): Promise<CreationId> {
  const id = await workshop.submit({ taskId: 'tea-shop' });
  await model.waitForRequest(1);
  return id;
}

describe('cancelling a creation that a worker has in hand', () => {
  test.each([
    ['by its owner', (id: CreationId) => workshop.steering.cancel(workshop.tenantId, id)],
    [
      'by the ledger alone, the message being lost',
      (id: CreationId) => cancelCreation(workshop.database, keyOf(id), new Date()),
    ],
  ])('%s breaks the call off within a second or so, and leaves a receipt', async (_, cancel) => {
    model.enqueue({ kind: 'hang' });
    await startWorker();
    const id = await inTheModelsHands();
    const watch = startStopwatch();
    await cancel(id);
    const creation = await workshop.ended(id);
    await model.requests[0]?.closed;
    expect(watch.stop()).toBeLessThan(2_500);
    expect(model.requests[0]?.aborted).toBe(true);
    expect(creation).toMatchObject({
      status: 'cancelled',
      step: null,
      error: null,
      roleVersion: null,
      usage: { calls: 1 },
      cancellation: { step: 'writing', inputTokens: expect.any(Number), outputTokens: 0, kept: ['sources'] },
    });
    // The provider has not said what it used; it was sent the prompt all the same.
    expect(creation.cancellation?.inputTokens).toBeGreaterThan(100);
    expect((await recordOf(id))?.history).toMatchObject([{ number: 1, outcome: 'cancelled', step: 'writing' }]);
  });

  test('begins no further attempt, and a retry makes the role', async () => {
    model.enqueue({ kind: 'hang' });
    await startWorker();
    const id = await inTheModelsHands();
    await workshop.steering.cancel(workshop.tenantId, id);
    await workshop.ended(id);
    expect((await runReconciler()).restored).toBe(0);
    expect((await workshop.steering.retry(workshop.tenantId, id))?.record.status).toBe('queued');
    await comesTo(id, 'succeeded');
    expect(await workshop.read(id)).toMatchObject({ attempts: 1, roleVersion: 1, cancellation: null });
    expect(model.requests).toHaveLength(2);
  });

  test('whose worker is gone with its job is done by the reconciler', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await createAttemptLedger(workshop.database).take(workshop.tenantId, id);
    await workshop.queue.remove(id);
    await workshop.steering.cancel(workshop.tenantId, id);
    expect((await workshop.read(id)).status).toBe('cancelling');
    expect(await runReconciler()).toMatchObject({ conceded: 1, restored: 0 });
    expect(await workshop.read(id)).toMatchObject({ status: 'cancelled', cancellation: { step: 'gathering' } });
  });

  test('whose worker is gone, but not its job, is done by the one to whom the job comes up', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await createAttemptLedger(workshop.database).take(workshop.tenantId, id);
    await cancelCreation(workshop.database, keyOf(id), new Date());
    await startWorker();
    expect(await workshop.ended(id)).toMatchObject({ status: 'cancelled' });
    expect(model.requests).toHaveLength(0);
  });
});

describe('pausing a creation that a worker has in hand', () => {
  test('lets the step come to its end; resumed, it goes on from there without another call', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', gate });
    await startWorker();
    const id = await inTheModelsHands();
    expect(await workshop.steering.pause(workshop.tenantId, id)).toMatchObject({ outcome: 'asked' });
    open();
    await comesTo(id, 'held');
    expect(await recordOf(id)).toMatchObject({
      attempts: 0,
      kept: ['sources', 'draft'],
      history: [{ outcome: 'held', step: 'saving' }],
      usage: { calls: 1 },
    });
    await workshop.steering.resume(workshop.tenantId, id);
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', roleVersion: 1, usage: { calls: 1 } });
    expect(model.requests).toHaveLength(1);
  });

  test('and resuming it before the step has come to its end changes nothing', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', gate });
    await startWorker();
    const id = await inTheModelsHands();
    await pauseCreation(workshop.database, keyOf(id));
    await workshop.steering.resume(workshop.tenantId, id);
    open();
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });
});

describe('what has been done once', () => {
  test('is not done again by a retry: the sources are those that the first attempt gathered', async () => {
    model.enqueue({ kind: 'status', status: 500 });
    await startWorker();
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await model.waitForRequest(1);
    await workshop.storeSources('tea-shop', { baseInfo: { ...TEA_SHOP.baseInfo, name: '后来的名字' } });
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', attempts: 2 });
    const prompts = model.requests.map(({ body }) => JSON.stringify(body.messages));
    expect(prompts).toHaveLength(2);
    expect(prompts[1]).toBe(prompts[0]);
    expect((await recordOf(id))?.history).toMatchObject([
      { number: 1, outcome: 'retried', step: 'writing', error: { code: 'provider_unavailable', owner: 'provider' } },
      { number: 2, outcome: 'succeeded' },
    ]);
  });

  test('is not paid again where MySQL is away when the answer comes', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', gate });
    const mysql = await startTcpProxy(workshop.databaseUrl);
    try {
      await startWorker({ DATABASE_URL: mysql.url });
      const id = await inTheModelsHands();
      mysql.cut();
      open();
      await model.requests[0]?.closed;
      // The look for orders may be one of them, the note of the answer is the other.
      for (let times = 0; times < 3; times += 1) await mysql.refusal();
      mysql.restore();
      expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', attempts: 1, usage: { calls: 1 } });
      expect(model.requests).toHaveLength(1);
    } finally {
      await mysql.close();
    }
  });
});

describe('a creation that is not to be begun', () => {
  test('because its tenant is paused is put aside, and comes back when the tenant is resumed', async () => {
    await setTenantPaused(workshop.database, workshop.tenantId, new Date());
    await startWorker();
    const id = await workshop.submit({ taskId: 'tea-shop' });
    while ((await workshop.queue.held([id])).size > 0);
    expect(await workshop.read(id)).toMatchObject({ status: 'queued', attempts: 0, startedAt: null });
    expect((await runReconciler()).restored).toBe(0);
    await setTenantPaused(workshop.database, workshop.tenantId, null);
    expect((await runReconciler()).restored).toBe(1);
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded' });
  });

  test('because its deadline passed while it waited expires, whoever notices', async () => {
    const byWorker = await workshop.submit({ taskId: 'tea-shop', deadlineSeconds: 60 });
    const byReconciler = await workshop.submit({ taskId: 'tea-shop', deadlineSeconds: 60 });
    await pauseCreation(workshop.database, keyOf(byReconciler));
    expect(await runReconciler()).toMatchObject({ lapsed: 2 });
    for (const id of [byWorker, byReconciler])
      expect(await workshop.read(id)).toMatchObject({
        status: 'expired',
        attempts: 0,
        startedAt: null,
        error: { code: 'deadline_exceeded', owner: 'request' },
      });
  });

  test('is taken off the queue by the reconciler', async () => {
    const held = await workshop.submit({ taskId: 'tea-shop' });
    const ended = await workshop.submit({ taskId: 'tea-shop' });
    await pauseCreation(workshop.database, keyOf(held));
    await cancelCreation(workshop.database, keyOf(ended), new Date());
    const unknown = await workshop.submit({ taskId: 'tea-shop' });
    await workshop.database.knex('role_creations').where({ id: unknown }).delete();
    expect(await runReconciler()).toMatchObject({ removed: 3, restored: 0 });
    expect(await workshop.queue.held([held, ended, unknown])).toEqual(new Set());
  });
});
