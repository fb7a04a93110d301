import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BulkFilter, TaskId, TenantId } from '@roleforge/contracts';
import { addBulk, type BulkRecord, findBulk, surveyBulk } from '@roleforge/db';
import { newBulkId } from '@roleforge/domain';
import { runBulk, type Steering } from './index.ts';
import { type Bridge, openBridge } from './steering.fixture.ts';

let bridge: Bridge;
let tenantId: TenantId;
beforeEach(async () => {
  bridge = await openBridge();
  tenantId = await bridge.newTenantId();
});
afterEach(() => bridge.close());

const GOING_ON = new AbortController().signal;

/** As the api does it. */
async function ask(action: BulkRecord['action'], filter: BulkFilter = {}): Promise<BulkRecord> {
  const createdAt = new Date();
  const { matched, untilId } = await surveyBulk(bridge.database, { tenantId, action, filter });
  const record: BulkRecord = {
    tenantId,
    id: newBulkId(createdAt.getTime()),
    requestId: 'req-1',
    action,
    filter,
    state: 'waiting',
    matched,
    done: 0,
    untilId,
    position: null,
    createdAt,
    finishedAt: null,
  };
  await addBulk(bridge.database, record);
  return record;
}

const run = ({ id }: BulkRecord, signal = GOING_ON, steering: Pick<Steering, 'cancel' | 'retry'> = bridge.steering) =>
  runBulk({ ...bridge, steering }, tenantId, id, signal);
const many = (count: number, given = {}) => bridge.submit(tenantId, ...Array.from({ length: count }, () => given));

async function states(): Promise<Record<string, number>> {
  const rows: { status: string; count: number }[] = await bridge.database
    .knex('role_creations')
    .where('tenant_id', tenantId)
    .select('status')
    .count({ count: '*' })
    .groupBy('status');
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

describe('a bulk call', () => {
  test('cancels all that wait, takes them off the queue, and is finished', async () => {
    await many(130);
    const [other] = await bridge.submit(await bridge.newTenantId(), {});
    const call = await ask('cancel');
    expect(call.matched).toBe(130);
    const ended = await run(call);
    expect(ended).toMatchObject({ state: 'finished', matched: 130, done: 130, finishedAt: expect.any(Date) });
    expect(await findBulk(bridge.database, tenantId, call.id)).toEqual(ended);
    expect(await states()).toEqual({ cancelled: 130 });
    expect(await bridge.order()).toEqual([other?.id]);
  });

  test('retries what its filter matches, in the order of acceptance', async () => {
    const tea = await many(12, { taskId: 'tea' });
    await many(3, { taskId: 'coffee' });
    await run(await ask('cancel'));
    const call = await ask('retry', { taskId: 'tea' as TaskId });
    expect(await run(call)).toMatchObject({ matched: 12, done: 12 });
    expect(await states()).toEqual({ queued: 12, cancelled: 3 });
    expect((await bridge.order()).toSorted()).toEqual(tea.map(({ id }) => id));
  });

  test('leaves alone what is submitted after it, and what has ended by itself meanwhile', async () => {
    const [first] = await many(2);
    if (first === undefined) throw new Error('two are submitted');
    const call = await ask('cancel');
    const after = new Date(call.createdAt.getTime() + 5);
    const [late] = await bridge.submit(tenantId, { now: after });
    await bridge.steering.cancel(tenantId, first.id);
    expect(await run(call)).toMatchObject({ state: 'finished', matched: 2, done: 1 });
    expect(await bridge.order()).toEqual([late?.id]);
  });

  test('broken off in the middle and begun again, it comes to its end and does nothing twice', async () => {
    await many(330);
    const call = await ask('cancel');
    const stop = new AbortController();
    const asked: string[] = [];
    const steering: Pick<Steering, 'cancel' | 'retry'> = {
      retry: bridge.steering.retry,
      cancel(tenant, id) {
        asked.push(id);
        if (asked.length === 150) stop.abort(new Error('stopping'));
        return bridge.steering.cancel(tenant, id);
      },
    };
    await expect(run(call, stop.signal, steering)).rejects.toThrow('stopping');
    const between = await findBulk(bridge.database, tenantId, call.id);
    expect(between).toMatchObject({ state: 'running', done: 150, finishedAt: null });
    expect(await run(call, GOING_ON, steering)).toMatchObject({ state: 'finished', done: 330 });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked).toHaveLength(330);
    expect(await states()).toEqual({ cancelled: 330 });
  });

  test('a fault in the middle of a page leaves it to be begun again from the last note', async () => {
    await many(150);
    const call = await ask('cancel');
    let calls = 0;
    const failing: Pick<Steering, 'cancel' | 'retry'> = {
      retry: bridge.steering.retry,
      cancel(tenant, id) {
        calls += 1;
        return calls === 115 ? Promise.reject(new Error('MySQL is away')) : bridge.steering.cancel(tenant, id);
      },
    };
    await expect(run(call, GOING_ON, failing)).rejects.toThrow('MySQL is away');
    expect(await findBulk(bridge.database, tenantId, call.id)).toMatchObject({ state: 'running', done: 114 });
    expect(await run(call)).toMatchObject({ state: 'finished', matched: 150, done: 145 });
    expect(await states()).toEqual({ cancelled: 150 });
  });

  test('two who carry it out at once do not get in each other’s way: one goes on, and the count is true', async () => {
    await many(60);
    const call = await ask('cancel');
    const runs = await Promise.all([run(call), run(call)]);
    expect(runs.filter(ended => ended?.state === 'finished').length).toBeGreaterThanOrEqual(1);
    expect(await findBulk(bridge.database, tenantId, call.id)).toMatchObject({ state: 'finished' });
    expect(await states()).toEqual({ cancelled: 60 });
  });

  test('one that is finished, or is not there, does nothing', async () => {
    await many(1);
    const call = await ask('cancel', { status: 'held' });
    expect(call.matched).toBe(0);
    const ended = await run(call);
    expect(ended).toMatchObject({ state: 'finished', done: 0 });
    expect(await run(call)).toEqual(ended);
    expect(await runBulk(bridge, tenantId, newBulkId(Date.now()), GOING_ON)).toBeNull();
    expect(await states()).toEqual({ queued: 1 });
  });

  test('holds though Redis is away', async () => {
    await many(5);
    const { steering } = await bridge.withoutRedis();
    expect(await run(await ask('cancel'), GOING_ON, steering)).toMatchObject({ state: 'finished', done: 5 });
    expect(await states()).toEqual({ cancelled: 5 });
  });
});
