import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAttemptLedger } from '@roleforge/db';
import { silentLogger } from '@roleforge/telemetry';
import { reconcile } from './reconcile.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
  await workshop.storeSources('tea-shop', TEA_SHOP);
});
afterEach(() => workshop.close());

/** What was accepted a moment ago counts as settled. */
const inAnHour = () => new Date(Date.now() + 3_600_000);
const run = async (clock = inAnHour) => {
  const { database, queue, bulkQueue, announce } = workshop;
  const { unfinished: _, ...report } = await reconcile({
    database,
    queue,
    bulkQueue,
    announce,
    log: silentLogger,
    clock,
  });
  return Object.fromEntries(Object.entries(report).filter(([, count]) => count > 0));
};

describe('the reconciler', () => {
  test('puts back what the queue has lost, and what it lost is made', async () => {
    const lost = await workshop.submit({ taskId: 'tea-shop' });
    const there = await workshop.submit({ taskId: 'tea-shop' });
    await workshop.queue.remove(lost);
    expect(await run()).toEqual({ restored: 1 });
    expect(await run()).toEqual({});
    await workshop.startWorker();
    expect(await workshop.ended(lost)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await workshop.ended(there)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  test('puts back what was in the hand of a worker that is gone with all of Redis', async () => {
    const id = await workshop.submit({ taskId: 'tea-shop' });
    await createAttemptLedger(workshop.database).take(workshop.tenantId, id);
    await workshop.queue.remove(id);
    expect(await run()).toEqual({ restored: 1 });
    await workshop.startWorker();
    expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded', attempts: 2, roleVersion: 1 });
  });

  test('leaves alone what was accepted a moment ago, and what has ended', async () => {
    const young = await workshop.submit({ taskId: 'tea-shop' });
    await workshop.queue.remove(young);
    expect(await run(() => new Date())).toEqual({});
    await workshop.startWorker();
    const done = await workshop.submit({ taskId: 'tea-shop' });
    await workshop.ended(done);
    await workshop.queue.remove(done);
    expect(await run()).toEqual({ restored: 1 });
  });
});
