import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BulkId, CreationId, TenantId } from '@roleforge/contracts';
import {
  addBulk,
  cancelCreation,
  changePriority,
  createAttemptLedger,
  findBulk,
  pauseCreation,
  setTenantPaused,
} from '@roleforge/db';
import { newBulkId, newCreationId } from '@roleforge/domain';
import type { CreationQueue } from '@roleforge/queue';
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
type Needs = Parameters<typeof reconcile>[0];
const run = async (given: Partial<Needs> = {}, signal?: AbortSignal) => {
  const { unfinished: _, ...report } = await reconcile(
    { ...workshop, log: silentLogger, clock: inAnHour, ...given },
    signal,
  );
  return Object.fromEntries(Object.entries(report).filter(([, count]) => count > 0));
};

/** The queue, on which something else happens just before the reconciler puts back what it has read of the ledger. */
const meeting = (happens: () => Promise<unknown>): CreationQueue => ({
  ...workshop.queue,
  async restore(...page) {
    await happens();
    return workshop.queue.restore(...page);
  },
});

const keyOf = (id: CreationId) => ({ tenantId: workshop.tenantId, id });
const isHeld = async (id: CreationId) => (await workshop.queue.held([id])).has(id);
const order = async () => (await workshop.queue.bull.getPrioritized(0, -1)).map(({ id }) => id);
const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

/** Loses all that this test has in Redis. */
async function wipe(): Promise<void> {
  const { redis, prefix } = workshop;
  const keys = [...(await redis.keys(`{${prefix}:*`)), ...(await redis.keys(`${prefix}:*`))];
  expect(keys.length).toBeGreaterThan(0);
  await redis.del(...keys);
}

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
    expect(await run({ clock: () => new Date() })).toEqual({});
    await workshop.startWorker();
    const done = await workshop.submit({ taskId: 'tea-shop' });
    await workshop.ended(done);
    await workshop.queue.remove(done);
    expect(await run()).toEqual({ restored: 1 });
  });

  test('lets those wait their turn whose time has come, and puts them back where they were lost', async () => {
    const there = await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() });
    const lost = await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() });
    await workshop.queue.remove(lost);
    expect(await run({ clock: () => new Date(Date.now() + 30_000) })).toEqual({ restored: 1 });
    await workshop.queue.remove(lost);
    expect(await run()).toEqual({ due: 2, restored: 1 });
    for (const id of [there, lost]) expect(await workshop.read(id)).toMatchObject({ status: 'queued' });
    expect(await run()).toEqual({});
  });

  test('moves to its priority what waits under another one', async () => {
    const first = await workshop.submit({ taskId: 'tea-shop' });
    const raised = await workshop.submit({ taskId: 'tea-shop' });
    // As a PATCH leaves it when Redis is away.
    expect(await changePriority(workshop.database, keyOf(raised), 'urgent')).toBe(true);
    expect(await order()).toEqual([first, raised]);
    expect(await run()).toEqual({ reprioritized: 1 });
    expect(await order()).toEqual([raised, first]);
    expect(await run()).toEqual({});
  });

  test('takes off what has ended, is held or is not in the ledger, and leaves what it cannot read', async () => {
    const { database, queue, tenantId } = workshop;
    const [ended, held, waiting] = [
      await workshop.submit({ taskId: 'tea-shop' }),
      await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() }),
      await workshop.submit({ taskId: 'tea-shop' }),
    ];
    await cancelCreation(database, keyOf(ended), new Date());
    await pauseCreation(database, keyOf(held));
    const unknown = newCreationId(Date.now());
    const plain = { requestId: 'test', traceparent: null, priority: 'normal', attempts: 0, runAt: null } as const;
    await queue.enqueue([
      { id: unknown, tenantId, ...plain },
      // Of the same id, but another's.
      { id: newCreationId(Date.now()), tenantId: `tenant_${'0'.repeat(26)}` as TenantId, ...plain },
    ]);
    await queue.bull.add('create-role', { version: 99 }, { jobId: 'unreadable', priority: 1 });
    expect(await run()).toEqual({ removed: 4 });
    expect(await order()).toEqual(['unreadable', waiting]);
    for (const id of [ended, held, unknown]) expect(await isHeld(id)).toBe(false);
    expect(await run()).toEqual({});
  });

  test('takes the jobs of a tenant that is paused off, and puts them back in order when it is not', async () => {
    const ids = [await workshop.submit({ taskId: 'tea-shop' }), await workshop.submit({ taskId: 'tea-shop' })];
    await setTenantPaused(workshop.database, workshop.tenantId, new Date());
    expect(await run()).toEqual({ removed: 2 });
    expect(await order()).toEqual([]);
    await setTenantPaused(workshop.database, workshop.tenantId, null);
    expect(await run()).toEqual({ restored: 2 });
    expect(await order()).toEqual(ids);
  });

  test('puts a bulk call back that was broken off, and it goes on from where it stood', async () => {
    const { database, tenantId } = workshop;
    const [passed, next] = [
      await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() }),
      await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() }),
    ];
    const call = (id: BulkId, state: 'running' | 'finished') =>
      addBulk(database, {
        tenantId,
        id,
        requestId: 'req-1',
        action: 'cancel',
        filter: {},
        state,
        matched: 2,
        untilId: next,
        done: 1,
        position: passed,
        createdAt: new Date(),
        finishedAt: state === 'finished' ? new Date() : null,
      });
    const [brokenOff, finished] = [newBulkId(Date.now()), newBulkId(Date.now())];
    await call(brokenOff, 'running');
    await call(finished, 'finished');
    expect(await run({ clock: () => new Date() })).toEqual({ bulks: 1 });
    await workshop.startWorker({ RECONCILE_SECONDS: '600' });
    expect(await workshop.ended(next)).toMatchObject({ status: 'cancelled' });
    while ((await findBulk(database, tenantId, brokenOff))?.state !== 'finished');
    expect(await findBulk(database, tenantId, brokenOff)).toMatchObject({ done: 2 });
    expect(await workshop.read(passed)).toMatchObject({ status: 'scheduled' });
  });

  test('puts everything back after everything was lost, in the order of acceptance, what was begun before the others', async () => {
    const submitted: CreationId[] = [];
    for (const priority of ['normal', 'low', 'urgent', 'normal', 'low', 'normal'])
      submitted.push(await workshop.submit({ taskId: 'tea-shop', priority }));
    const [normal, low, urgent, second, secondLow, begun] = submitted as [CreationId, ...CreationId[]];
    const scheduled = await workshop.submit({
      taskId: 'tea-shop',
      runAt: new Date(Date.now() + 90 * 86_400_000).toISOString(),
    });
    const ledger = createAttemptLedger(workshop.database);
    await ledger.take(workshop.tenantId, begun as CreationId);
    await wipe();
    expect(await run()).toEqual({ restored: 7 });
    expect(await order()).toEqual([urgent, begun, normal, second, low, secondLow]);
    expect((await workshop.queue.place(scheduled)).notBefore?.getTime()).toBeGreaterThan(Date.now() + 89 * 86_400_000);
    expect(await run()).toEqual({});
  });

  test('beside another that does the same, each thing is done and told once', async () => {
    const { database, tenantId, events } = workshop;
    const ids: CreationId[] = [];
    for (let n = 0; n < 12; n += 1) ids.push(await workshop.submit({ taskId: 'tea-shop' }));
    const overdue = await workshop.submit({ taskId: 'tea-shop', deadlineSeconds: 60 });
    const forsaken = await workshop.submit({ taskId: 'tea-shop' });
    await createAttemptLedger(database).take(tenantId, forsaken);
    await cancelCreation(database, keyOf(forsaken), new Date());
    const due = await workshop.submit({ taskId: 'tea-shop', runAt: inAMinute() });
    await wipe();
    const reports = await Promise.all([run(), run(), run()]);
    const total = (name: string) => reports.reduce((sum, report) => sum + (report[name] ?? 0), 0);
    expect([total('lapsed'), total('conceded'), total('due')]).toEqual([1, 1, 1]);
    expect(await order()).toEqual(ids);
    expect(await isHeld(due)).toBe(true);
    expect((await events.read(overdue, 0)).map(({ type }) => type)).toEqual(['role_creation.expired']);
    expect((await events.read(forsaken, 0)).map(({ type }) => type)).toEqual(['role_creation.cancelled']);
    expect(await run()).toEqual({});
  });
});

describe('a run that an owner’s wish comes into', () => {
  test('does not move back what has got another priority meanwhile', async () => {
    const { steering, tenantId } = workshop;
    const first = await workshop.submit({ taskId: 'tea-shop' });
    const raised = await workshop.submit({ taskId: 'tea-shop' });
    const queue = meeting(() => steering.changePriority(tenantId, raised, 'high'));
    expect(await run({ queue })).toEqual({});
    expect(await order()).toEqual([raised, first]);
  });

  test('leaves nothing on the queue of what was cancelled meanwhile', async () => {
    const { steering, tenantId } = workshop;
    const id = await workshop.submit({ taskId: 'tea-shop' });
    const queue = meeting(() => steering.cancel(tenantId, id));
    expect(await run({ queue })).toEqual({ restored: 1, removed: 1 });
    expect(await isHeld(id)).toBe(false);
    expect(await workshop.read(id)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a run that is asked to end', () => {
  test('before it began looks at nothing', async () => {
    const lost = await workshop.submit({ taskId: 'tea-shop' });
    const forsaken = await workshop.submit({ taskId: 'tea-shop' });
    await cancelCreation(workshop.database, keyOf(forsaken), new Date());
    await workshop.queue.remove(lost);
    expect(await run({}, AbortSignal.abort('stopping'))).toEqual({});
    expect(await run()).toEqual({ restored: 1, removed: 1 });
  });

  test('finishes the page in hand, and the next run does the rest', async () => {
    const begun = await workshop.submit({ taskId: 'tea-shop' });
    await createAttemptLedger(workshop.database).take(workshop.tenantId, begun);
    const waiting = await workshop.submit({ taskId: 'tea-shop' });
    const forsaken = await workshop.submit({ taskId: 'tea-shop' });
    await cancelCreation(workshop.database, keyOf(forsaken), new Date());
    await workshop.queue.remove(begun, waiting);
    const asked = new AbortController();
    const queue = meeting(async () => asked.abort('stopping'));
    expect(await run({ queue }, asked.signal)).toEqual({ restored: 1 });
    expect([await isHeld(begun), await isHeld(waiting)]).toEqual([true, false]);
    expect(await run()).toEqual({ restored: 1, removed: 1 });
  });
});
