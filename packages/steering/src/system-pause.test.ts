import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readSystemPause, switchSystem } from '@roleforge/db';
import { bringPauseIntoStep } from './index.ts';
import { type Bridge, openBridge } from './steering.fixture.ts';

let bridge: Bridge;
beforeEach(async () => {
  bridge = await openBridge();
});
afterEach(() => bridge.close());

/** As the operator's call does it. */
async function switchAll(paused: boolean, queue: Pick<Bridge['queue'], 'isPaused' | 'setPaused'> = bridge.queue) {
  const operator = { actor: { kind: 'operator', id: 'admin_key' }, remoteAddress: null, requestId: 'r' } as const;
  const changed = await switchSystem(bridge.database, operator, { paused, now: bridge.clock() });
  await bringPauseIntoStep({ ...bridge, queue }).catch(() => {});
  return changed;
}

describe('the system’s pause', () => {
  test('lets nothing be begun, for anybody, and keeps what waits where it is', async () => {
    const tenantId = await bridge.newTenantId();
    const [creation] = await bridge.submit(tenantId, {});
    if (creation === undefined) throw new Error('it is submitted');
    expect(await switchAll(true)).toBe(true);
    const since = await readSystemPause(bridge.database);
    expect(await switchAll(true)).toBe(false);
    expect(await readSystemPause(bridge.database)).toEqual(since);
    expect(await bridge.queue.isPaused()).toBe(true);
    expect(await bridge.ledger.take(tenantId, creation.id)).toEqual({ kind: 'systemPaused' });
    expect(await bridge.order()).toEqual([creation.id]);
    expect(await switchAll(false)).toBe(true);
    expect(await switchAll(false)).toBe(false);
    expect(await bridge.queue.isPaused()).toBe(false);
    expect(await bridge.ledger.take(tenantId, creation.id)).toMatchObject({ kind: 'taken' });
  });

  test('leaves held what its owner holds, and lets what has ended end', async () => {
    const tenantId = await bridge.newTenantId();
    const [held, ended] = await bridge.submit(tenantId, {}, {});
    if (held === undefined || ended === undefined) throw new Error('they are submitted');
    await bridge.steering.pause(tenantId, held.id);
    await bridge.steering.cancel(tenantId, ended.id);
    await switchAll(true);
    expect(await bridge.ledger.take(tenantId, held.id)).toEqual({ kind: 'unavailable', status: 'held' });
    expect(await bridge.ledger.take(tenantId, ended.id)).toEqual({ kind: 'ended' });
  });

  test('holds in the ledger while Redis is away, and the queue is brought into step afterwards', async () => {
    const { queue } = await bridge.withoutRedis();
    await switchAll(true, queue);
    expect(await bridge.queue.isPaused()).toBe(false);
    expect(await bringPauseIntoStep(bridge)).toBe(true);
    expect(await bridge.queue.isPaused()).toBe(true);
    expect(await bringPauseIntoStep(bridge)).toBe(false);
    await switchAll(false, queue);
    expect(await bringPauseIntoStep(bridge)).toBe(true);
    expect(await bridge.queue.isPaused()).toBe(false);
  });
});

test('nothing of a suspended tenant is begun', async () => {
  const tenantId = await bridge.newTenantId();
  const [creation] = await bridge.submit(tenantId, {});
  if (creation === undefined) throw new Error('it is submitted');
  await bridge.database.knex('tenants').where('id', tenantId).update({ status: 'suspended' });
  expect(await bridge.ledger.take(tenantId, creation.id)).toEqual({ kind: 'unavailable', status: 'queued' });
});
