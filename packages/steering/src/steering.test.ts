import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { eraseCreation, listAudit } from '@roleforge/db';
import { CreationFailure, type NewCreation, newCreationId } from '@roleforge/domain';
import { closeRedis, type EventLog, openRedis, startCreationConsumer } from '@roleforge/queue';
import { startStopwatch, testServers } from '@roleforge/testkit';
import { createSteering } from './index.ts';
import { type Bridge, openBridge } from './steering.fixture.ts';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await openBridge();
});
afterEach(() => bridge.close());

async function submitOne(given = {}): Promise<NewCreation> {
  const [creation] = await bridge.submit(await bridge.newTenantId(), given);
  if (creation === undefined) throw new Error('one is submitted');
  return creation;
}

const keyOf = ({ tenantId, id }: NewCreation) => [tenantId, id] as const;
const isThere = async ({ id }: NewCreation) => (await bridge.queue.held([id])).has(id);
const told = async ({ id }: NewCreation) => (await bridge.events.read(id, 0)).map(({ type }) => type);

async function failed(creation: NewCreation): Promise<void> {
  const taken = await bridge.ledger.take(...keyOf(creation));
  if (taken.kind !== 'taken') throw new Error(taken.kind);
  await bridge.ledger.fail(taken.creation, { step: 'gathering' }, new CreationFailure('internal_error', 'It failed.'));
  await bridge.queue.remove(creation.id);
}

describe('what an owner’s wish does', () => {
  test('cancelling one that waits takes it off the queue and tells its followers the end', async () => {
    const creation = await submitOne();
    expect(await bridge.steering.cancel(...keyOf(creation))).toMatchObject({
      outcome: 'done',
      record: { id: creation.id, status: 'cancelled' },
    });
    expect(await isThere(creation)).toBe(false);
    expect(await bridge.events.read(creation.id, 0)).toMatchObject([
      { type: 'role_creation.cancelled', data: { id: creation.id, status: 'cancelled', cancellation: { step: null } } },
    ]);
    expect(await bridge.steering.cancel(...keyOf(creation))).toMatchObject({ outcome: 'refused' });
    expect(await told(creation)).toEqual(['role_creation.cancelled']);
  });

  test('the end of one that its owner erases before it is told leaves no event behind', async () => {
    const creation = await submitOne();
    const { database, queue, events, clock } = bridge;
    let appended = 0;
    const meeting: EventLog = {
      ...events,
      async append(...event) {
        expect(await eraseCreation(database, ...keyOf(creation))).toEqual({ kind: 'erased' });
        await events.remove([creation.id]);
        appended += 1;
        return events.append(...event);
      },
    };
    const steering = createSteering({
      database,
      queue,
      events: meeting,
      tellWorker: async () => {},
      notifyEnd: async () => {},
      clock,
    });
    expect(await steering.cancel(...keyOf(creation))).toMatchObject({ outcome: 'done' });
    expect(appended).toBe(1);
    expect(await events.read(creation.id, 0)).toEqual([]);
  });

  test('pausing takes it off the queue, and resuming puts it back', async () => {
    const creation = await submitOne({ priority: 'high' });
    expect(await bridge.steering.pause(...keyOf(creation))).toMatchObject({
      outcome: 'done',
      record: { status: 'held' },
    });
    expect(await isThere(creation)).toBe(false);
    expect(await bridge.steering.resume(...keyOf(creation))).toMatchObject({
      outcome: 'done',
      record: { status: 'queued' },
    });
    expect(await bridge.order()).toEqual([creation.id]);
    expect(await told(creation)).toEqual(['role_creation.held', 'role_creation.queued']);
  });

  test('one that is to run later still is, after a pause', async () => {
    const creation = await submitOne({ runAt: new Date(Date.now() + 3_600_000).toISOString() });
    await bridge.steering.pause(...keyOf(creation));
    expect(await bridge.queue.bull.getDelayedCount()).toBe(0);
    expect(await bridge.steering.resume(...keyOf(creation))).toMatchObject({ record: { status: 'scheduled' } });
    expect(await bridge.queue.bull.getJobCounts('delayed', 'prioritized')).toEqual({ delayed: 1, prioritized: 0 });
  });

  test('of one that runs, its worker is told to look; the queue stays as it is', async () => {
    const creation = await submitOne();
    await bridge.ledger.take(...keyOf(creation));
    expect(await bridge.steering.pause(...keyOf(creation))).toMatchObject({
      outcome: 'asked',
      record: { status: 'running', pauseRequested: true },
    });
    expect(await bridge.steering.cancel(...keyOf(creation))).toMatchObject({
      outcome: 'asked',
      record: { status: 'cancelling' },
    });
    expect(await isThere(creation)).toBe(true);
    expect(bridge.looks).toEqual([creation.id, creation.id]);
    expect(await told(creation)).toEqual([]);
  });

  test('a failed one is begun again, though its finished job is still kept', async () => {
    const creation = await submitOne();
    await failed(creation);
    expect(await bridge.steering.retry(...keyOf(creation))).toMatchObject({
      outcome: 'done',
      record: { status: 'queued', attempts: 0, error: null },
    });
    expect(await bridge.order()).toEqual([creation.id]);
    expect(await bridge.steering.retry(...keyOf(creation))).toMatchObject({ outcome: 'refused' });
  });

  test('another priority holds in the ledger and on the queue', async () => {
    const [first, second] = [await submitOne(), await submitOne({ priority: 'low' })];
    expect(await bridge.steering.changePriority(...keyOf(second), 'urgent')).toMatchObject({
      outcome: 'done',
      record: { priority: 'urgent' },
    });
    expect(await bridge.order()).toEqual([second.id, first.id]);
  });

  test('another’s wish is as good, and stands in the audit log under who it was; one that changes nothing does not', async () => {
    const creation = await submitOne();
    const by = {
      actor: { kind: 'operator' as const, id: 'admin_key' },
      remoteAddress: '192.0.2.1',
      requestId: 'req-7',
    };
    const { steering, database } = bridge;
    await steering.changePriority(...keyOf(creation), 'urgent', by);
    await steering.pause(...keyOf(creation), by);
    await steering.pause(...keyOf(creation), by);
    await steering.resume(...keyOf(creation), by);
    await steering.cancel(...keyOf(creation), by);
    await steering.cancel(...keyOf(creation), by);
    await steering.retry(...keyOf(creation), by);
    await steering.retry(...keyOf(creation), by);
    const { items } = await listAudit(database, { tenantId: creation.tenantId, limit: 50, before: null });
    expect(items.map(({ action }) => action)).toEqual([
      'creation.retried',
      'creation.cancelled',
      'creation.resumed',
      'creation.paused',
      'creation.reprioritized',
    ]);
    for (const entry of items) expect(entry).toMatchObject({ ...by, target: creation.id });
    expect(items.at(-1)?.detail).toEqual({ priority: 'urgent' });
    expect((await bridge.read(creation)).status).toBe('queued');
    expect(await isThere(creation)).toBe(true);
  });

  test('what the tenant has not got is answered with nothing, and left alone', async () => {
    const creation = await submitOne();
    const stranger = await bridge.newTenantId();
    const { cancel, pause, resume, retry, changePriority } = bridge.steering;
    for (const wish of [cancel, pause, resume, retry]) {
      expect(await wish(stranger, creation.id)).toBeNull();
      expect(await wish(creation.tenantId, newCreationId(Date.now()))).toBeNull();
    }
    expect(await changePriority(stranger, creation.id, 'urgent')).toBeNull();
    expect(await bridge.read(creation)).toMatchObject({ status: 'queued', priority: 'normal' });
    expect(await isThere(creation)).toBe(true);
  });
});

describe('a worker that has not let go of its job yet', () => {
  test.each([
    ['held', { kind: 'park' }],
    ['failed', { kind: 'failed', reason: 'internal_error' }],
    ['cancelled', { kind: 'done' }],
  ] as const)('does not take one that was %s, and that its owner has go on, off the queue', async (status, outcome) => {
    const creation = await submitOne();
    const redis = openRedis(testServers().redisUrl, 'worker');
    const began = Promise.withResolvers<CreationId>();
    const again = Promise.withResolvers<CreationId>();
    const letGo = Promise.withResolvers<void>();
    let times = 0;
    const consumer = startCreationConsumer({
      redis,
      prefix: bridge.prefix,
      concurrency: 1,
      lockMs: 30_000,
      async handle({ id }) {
        times += 1;
        if (times > 1) {
          again.resolve(id);
          return { kind: 'done' };
        }
        began.resolve(id);
        await letGo.promise;
        return outcome;
      },
      onInvalid: () => {},
      onLost: () => {},
      onError: again.reject,
    });
    try {
      await began.promise;
      const { tenantId, id } = creation;
      await bridge.database.knex('role_creations').where({ tenant_id: tenantId, id }).update({ status });
      const wish = status === 'held' ? bridge.steering.resume : bridge.steering.retry;
      const looked = Promise.withResolvers<void>();
      const { restore } = bridge.queue;
      jest.spyOn(bridge.queue, 'restore').mockImplementation(async creations => {
        const restored = await restore(creations);
        looked.resolve();
        return restored;
      });
      const asked = wish(tenantId, id);
      await looked.promise;
      letGo.resolve();
      expect(await asked).toMatchObject({ outcome: 'done' });
      expect(await again.promise).toBe(id);
    } finally {
      await consumer.stop(0);
      await closeRedis(redis);
    }
  });
});

describe('while Redis is away', () => {
  test('every wish holds in the ledger, and none waits for it', async () => {
    const { steering } = await bridge.withoutRedis();
    const creation = await submitOne();
    const key = keyOf(creation);
    const watch = startStopwatch();
    expect(await steering.changePriority(...key, 'urgent')).toMatchObject({ outcome: 'done' });
    expect(await steering.pause(...key)).toMatchObject({ outcome: 'done', record: { status: 'held' } });
    expect(await steering.resume(...key)).toMatchObject({ outcome: 'done', record: { status: 'queued' } });
    expect(await steering.cancel(...key)).toMatchObject({ outcome: 'done', record: { status: 'cancelled' } });
    expect(await steering.retry(...key)).toMatchObject({ outcome: 'done', record: { status: 'queued' } });
    await bridge.ledger.take(...key);
    expect(await steering.pause(...key)).toMatchObject({ outcome: 'asked' });
    expect(await steering.cancel(...key)).toMatchObject({ outcome: 'asked' });
    expect(watch.stop()).toBeLessThan(5_000);
    expect(await bridge.read(creation)).toMatchObject({ status: 'cancelling', priority: 'urgent' });
  });
});
