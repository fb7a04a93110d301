import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TenantId } from '@roleforge/contracts';
import { findTenant, setTenantPaused, setTenantSuspended } from '@roleforge/db';
import type { Doer, NewCreation } from '@roleforge/domain';
import { holdTenant, releaseTenant } from './index.ts';
import { type Bridge, openBridge } from './steering.fixture.ts';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await openBridge();
});
afterEach(() => bridge.close());

const pause = (tenantId: TenantId, at: Date | null) => async () => ({
  changed: await setTenantPaused(bridge.database, tenantId, at),
});
const hold = (tenantId: TenantId, queue = bridge.queue) =>
  holdTenant({ ...bridge, queue }, tenantId, pause(tenantId, bridge.clock()));
const release = (tenantId: TenantId, queue = bridge.queue) =>
  releaseTenant({ ...bridge, queue }, tenantId, pause(tenantId, null));

const OPERATOR: Doer = { actor: { kind: 'operator', id: 'admin_key' }, remoteAddress: null, requestId: 'req-1' };
const suspended = (tenantId: TenantId, yes: boolean) => () =>
  setTenantSuspended(bridge.database, OPERATOR, tenantId, yes, bridge.clock());

const idsOf = (creations: readonly NewCreation[]) => creations.map(({ id }) => id as string);

describe('a tenant’s pause', () => {
  test('takes all of its creations off the queue, and releases them in the order of their acceptance; others go on', async () => {
    const [paused, other] = [await bridge.newTenantId(), await bridge.newTenantId()];
    const priorities = ['normal', 'low', 'urgent'] as const;
    const given = Array.from({ length: 1_200 }, (_, n) => ({ priority: priorities[n % 3] }));
    const creations = await bridge.submit(paused, ...given);
    const [ahead] = await bridge.submit(other, { priority: 'high' });
    const later = await bridge.submit(paused, { runAt: new Date(Date.now() + 3_600_000).toISOString() });
    const [held] = await bridge.submit(paused, {});
    if (held === undefined || ahead === undefined) throw new Error('they are submitted');
    await bridge.steering.pause(paused, held.id);

    const { finish } = await hold(paused);
    expect((await findTenant(bridge.database, paused))?.pausedAt).toEqual(expect.any(Date));
    const [first] = creations;
    expect(await bridge.ledger.take(paused, first?.id ?? held.id)).toMatchObject({ kind: 'unavailable' });
    await finish();
    expect(await bridge.order()).toEqual([ahead.id]);
    expect(await bridge.queue.bull.getDelayedCount()).toBe(0);
    expect(await bridge.ledger.take(other, ahead.id)).toMatchObject({ kind: 'taken' });

    const meanwhile = await bridge.submit(paused, { priority: 'urgent' });
    const released = await release(paused);
    await released.finish();
    const waiting = [...creations, ...meanwhile];
    const expected = ['urgent', 'high', 'normal', 'low'].flatMap(priority =>
      priority === 'high' ? [ahead.id] : idsOf(waiting.filter(creation => creation.priority === priority)),
    );
    expect(await bridge.order()).toEqual(expected);
    expect((await bridge.queue.bull.getDelayed()).map(({ id }) => id)).toEqual(idsOf(later));
    expect(await bridge.read(held)).toMatchObject({ status: 'held' });
    expect(await bridge.ledger.take(paused, first?.id ?? held.id)).toMatchObject({ kind: 'taken' });
  });

  test('brings back what a worker that is gone had begun before it', async () => {
    const tenantId = await bridge.newTenantId();
    const [begun] = await bridge.submit(tenantId, {});
    if (begun === undefined) throw new Error('it is submitted');
    await bridge.ledger.take(tenantId, begun.id);
    await (await hold(tenantId)).finish();
    // Its job came up again, and was put aside.
    await bridge.queue.remove(begun.id);
    await (await release(tenantId)).finish();
    expect(await bridge.order()).toEqual([begun.id]);
  });

  test('keeps the time of an attempt that is still to come', async () => {
    const tenantId = await bridge.newTenantId();
    const [creation] = await bridge.submit(tenantId, {});
    if (creation === undefined) throw new Error('it is submitted');
    const retryAt = new Date(Date.now() + 3_600_000);
    await bridge.database.knex('role_creations').where('id', creation.id).update({ retry_at: retryAt });
    await (await hold(tenantId)).finish();
    await (await release(tenantId)).finish();
    expect(await bridge.queue.bull.getJobCounts('delayed', 'prioritized')).toEqual({ delayed: 1, prioritized: 0 });
  });

  test('holding and releasing twice are harmless', async () => {
    const tenantId = await bridge.newTenantId();
    const creations = await bridge.submit(tenantId, {}, {});
    await (await release(tenantId)).finish();
    expect(await bridge.order()).toEqual(idsOf(creations));
    for (let times = 0; times < 2; times += 1) await (await hold(tenantId)).finish();
    expect(await bridge.order()).toEqual([]);
    for (let times = 0; times < 2; times += 1) await (await release(tenantId)).finish();
    expect(await bridge.order()).toEqual(idsOf(creations));
  });

  test('holds in the ledger while Redis is away', async () => {
    const tenantId = await bridge.newTenantId();
    const [creation] = await bridge.submit(tenantId, {});
    if (creation === undefined) throw new Error('it is submitted');
    const { queue } = await bridge.withoutRedis();
    const { finish } = await hold(tenantId, queue);
    await expect(finish()).rejects.toThrow();
    expect(await bridge.ledger.take(tenantId, creation.id)).toEqual({ kind: 'unavailable', status: 'queued' });
    await release(tenantId, queue);
    expect(await bridge.ledger.take(tenantId, creation.id)).toMatchObject({ kind: 'taken' });
  });
});

describe('a tenant that is stopped twice', () => {
  test.each(['its owner’s pause', 'the operator’s suspension'] as const)(
    'goes on only when both are over: %s ends first',
    async first => {
      const tenantId = await bridge.newTenantId();
      const creations = await bridge.submit(tenantId, {}, {});
      await (await hold(tenantId)).finish();
      await (await holdTenant(bridge, tenantId, suspended(tenantId, true))).finish();
      const ends = [() => release(tenantId), () => releaseTenant(bridge, tenantId, suspended(tenantId, false))];
      if (first === 'the operator’s suspension') ends.reverse();
      const [one, other] = ends;
      await (await one?.())?.finish();
      expect(await bridge.order()).toEqual([]);
      await (await other?.())?.finish();
      expect(await bridge.order()).toEqual(idsOf(creations));
    },
  );

  test('keeps its jobs on the queue where a stop is followed only after its end', async () => {
    const tenantId = await bridge.newTenantId();
    const creations = await bridge.submit(tenantId, {}, {});
    const held = await hold(tenantId);
    const released = await release(tenantId);
    await released.finish();
    await held.finish();
    expect(await bridge.order()).toEqual(idsOf(creations));
  });
});
