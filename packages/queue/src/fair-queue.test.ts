import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId, TenantId } from '@roleforge/contracts';
import { newTenantId } from '@roleforge/domain';
import type { CreationQueue, JobOutcome, QueuedCreation } from './index.ts';
import { aQueued, type Bench, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
let busy: TenantId;
let newcomer: TenantId;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
  [busy, newcomer] = [newTenantId(), newTenantId()];
});
afterEach(() => bench.close());

const many = (count: number, tenantId: TenantId, priority: QueuedCreation['priority'] = 'normal') =>
  Array.from({ length: count }, () => aQueued(priority, null, tenantId));
const capOf = (tenantId: TenantId, cap: number | null) => queue.setTenantShares([{ tenantId, weight: 1, cap }]);
const idsOf = (creations: readonly QueuedCreation[]) => creations.map(({ id }) => id);
const order = async () => (await queue.bull.getPrioritized(0, -1)).map(({ id }) => id);
const stateOf = async (id: CreationId) => (await queue.bull.getJob(id))?.getState();
const ended = async (count: number) => (await queue.bull.getCompletedCount()) === count;

/** Consumers in whose hands jobs stay until they are let go. */
async function holdingConsumers(consumers: number, concurrency: number) {
  const taken = told<CreationId>();
  const order: CreationId[] = [];
  const hands = new Map<CreationId, (outcome: JobOutcome) => void>();
  const running = new Map<TenantId, number>();
  const most = new Map<TenantId, number>();
  for (let n = 0; n < consumers; n += 1)
    await bench.consumer(
      async ({ id, data: { tenantId } }) => {
        const now = (running.get(tenantId) ?? 0) + 1;
        running.set(tenantId, now);
        most.set(tenantId, Math.max(now, most.get(tenantId) ?? 0));
        const answer = new Promise<JobOutcome>(resolve => hands.set(id, resolve));
        order.push(id);
        taken.tell(id);
        const outcome = await answer;
        running.set(tenantId, (running.get(tenantId) ?? 0) - 1);
        return outcome;
      },
      { concurrency },
    );
  const letGo = (id: CreationId, outcome: JobOutcome = { kind: 'done' }) => {
    hands.get(id)?.(outcome);
    hands.delete(id);
  };
  return { taken, order, hands, most, letGo };
}

describe('a tenant with many waiting', () => {
  test('does not delay another’s first: it is begun within two service times', async () => {
    const backlog = many(300, busy);
    await queue.enqueue(backlog);
    const { taken, letGo } = await holdingConsumers(1, 4);
    const first = [await taken.next(), await taken.next(), await taken.next(), await taken.next()];
    const [fresh] = many(1, newcomer);
    if (fresh === undefined) throw new Error('one is made');
    await queue.enqueue([fresh]);
    expect((await queue.place(fresh.id)).position).toBe(1);
    letGo(first[0] as CreationId);
    expect(await taken.next()).toBe(fresh.id);
    await queue.bull.pause();
    for (const id of [...first, fresh.id]) letGo(id);
  });

  test('keeps its own order, and shares with others by weight', async () => {
    await queue.setTenantShares([{ tenantId: newcomer, weight: 3, cap: null }]);
    const [one, three] = [many(20, busy), many(60, newcomer)];
    await queue.enqueue(one);
    await queue.enqueue(three);
    const waiting = await order();
    for (const own of [one, three])
      expect(waiting.filter(id => idsOf(own).includes(id as CreationId))).toEqual(idsOf(own));
    const early = waiting.slice(0, 40);
    expect(early.filter(id => idsOf(one).includes(id as CreationId))).toHaveLength(10);
  });

  test('whose creations have all been taken off owes nothing for them', async () => {
    const [gone, others] = [many(50, busy), many(50, newcomer)];
    await queue.enqueue(gone);
    await queue.enqueue(others);
    await queue.remove(...idsOf(gone));
    const [again] = many(1, busy);
    if (again === undefined) throw new Error('one is made');
    await queue.enqueue([again]);
    expect((await queue.place(again.id)).position).toBe(2);
  });

  test('has what it scheduled take its place among the others when its time comes', async () => {
    const [mine, others] = [many(3, newcomer), many(6, busy)];
    const { taken, letGo, order: begun } = await holdingConsumers(1, 1);
    const [running, ...waiting] = others;
    if (running === undefined) throw new Error('they are made');
    await queue.enqueue([running]);
    await taken.next();
    await queue.enqueue(waiting);
    const at = new Date(Date.now() + 20);
    await queue.enqueue(mine.map(creation => ({ ...creation, runAt: at })));
    await until(async () => Date.now() > at.getTime());
    letGo(running.id);
    for (let left = 8; left > 0; left -= 1) letGo(await taken.next());
    expect(begun.filter(id => idsOf(mine).includes(id))).toEqual(idsOf(mine));
    // One of theirs, one of ours: none of ours comes before one of theirs that has waited for its turn, and none waits behind them all.
    const places = idsOf(mine).map(id => begun.indexOf(id));
    expect(places[2]).toBeLessThanOrEqual(6);
  });
});

describe('a tenant’s cap', () => {
  test('parks what is beyond it, which says so, and lets the oldest go as others end', async () => {
    await capOf(busy, 2);
    const creations = many(5, busy);
    await queue.enqueue(creations);
    const [a, b, c, d, e] = idsOf(creations) as [CreationId, CreationId, CreationId, CreationId, CreationId];
    expect(await order()).toEqual([a, b]);
    expect(await queue.place(c)).toEqual({ position: null, notBefore: null, parked: true });
    expect(await stateOf(c)).toBe('delayed');
    const { taken, letGo, hands } = await holdingConsumers(2, 2);
    expect([await taken.next(), await taken.next()].toSorted()).toEqual([a, b]);
    letGo(b);
    expect(await taken.next()).toBe(c);
    // It goes on after a retry, before what was not begun.
    letGo(a, { kind: 'delay', at: new Date(Date.now() + 3_600_000) });
    expect(await taken.next()).toBe(d);
    await (await queue.bull.getJob(a))?.changeDelay(0);
    await until(async () => (await queue.place(a)).parked);
    letGo(c);
    expect(await taken.next()).toBe(a);
    letGo(d);
    expect(await taken.next()).toBe(e);
    for (const id of [...hands.keys()]) letGo(id);
    await until(() => ended(5));
  });

  test('is never exceeded by several consumers, and holds back nobody else', async () => {
    await capOf(busy, 3);
    const { taken, letGo, most } = await holdingConsumers(3, 4);
    await Promise.all([queue.enqueue(many(40, busy)), queue.enqueue(many(20, newcomer))]);
    for (let left = 60; left > 0; left -= 1) letGo(await taken.next());
    await until(() => ended(60));
    expect(most.get(busy)).toBeLessThanOrEqual(3);
    expect(await queue.mend()).toBe(0);
  });

  test('that is raised or lifted lets parked ones go at once; lowered, it holds for those that wait already', async () => {
    await capOf(busy, 1);
    await queue.enqueue(many(700, busy));
    expect(await queue.bull.getJobCounts('prioritized', 'delayed')).toEqual({ prioritized: 1, delayed: 699 });
    await capOf(busy, 3);
    expect(await queue.bull.getJobCounts('prioritized', 'delayed')).toEqual({ prioritized: 3, delayed: 697 });
    await queue.setTenantShares([], { complete: true });
    expect(await queue.bull.getJobCounts('prioritized', 'delayed')).toEqual({ prioritized: 700, delayed: 0 });
    await capOf(busy, 0);
    const { hands } = await holdingConsumers(1, 4);
    await until(async () => (await queue.bull.getDelayedCount()) === 700);
    expect(hands.size).toBe(0);
  });

  test('lowered and raised again, the order is that of acceptance', async () => {
    const creations = many(6, busy);
    await queue.enqueue(creations);
    await capOf(busy, 0);
    const { taken, letGo, order: begun } = await holdingConsumers(1, 1);
    await until(async () => (await queue.bull.getDelayedCount()) === 6);
    await queue.enqueue(many(1, busy));
    await capOf(busy, 1);
    for (let left = 7; left > 0; left -= 1) letGo(await taken.next());
    expect(begun.slice(0, 6)).toEqual(idsOf(creations));
  });

  test('lets an urgent one pass those that wait', async () => {
    await capOf(busy, 1);
    const [running, slow] = many(2, busy, 'low') as [QueuedCreation, QueuedCreation];
    await queue.enqueue([running, slow]);
    const [urgent] = many(1, busy, 'urgent') as [QueuedCreation];
    await queue.enqueue([urgent]);
    const { taken, letGo } = await holdingConsumers(1, 2);
    expect(await taken.next()).toBe(urgent.id);
    letGo(urgent.id);
    expect(await taken.next()).toBe(running.id);
    await queue.changePriority(slow.id, 'high');
    expect((await queue.place(slow.id)).parked).toBe(true);
    letGo(running.id);
    letGo(await taken.next());
    await until(() => ended(3));
  });

  test('is not held up by what is taken off the queue, given back or handed over', async () => {
    await capOf(busy, 1);
    const [a, b, c] = many(3, busy) as [QueuedCreation, QueuedCreation, QueuedCreation];
    await queue.enqueue([a, b, c]);
    await queue.remove(b.id);
    await queue.remove(a.id);
    expect(await order()).toEqual([c.id]);
    const { taken, letGo } = await holdingConsumers(1, 1);
    expect(await taken.next()).toBe(c.id);
    const [later] = many(1, busy) as [QueuedCreation];
    await queue.enqueue([later]);
    letGo(c.id, { kind: 'giveBack' });
    expect(await taken.next()).toBe(c.id);
    letGo(c.id, { kind: 'park' });
    expect(await taken.next()).toBe(later.id);
    letGo(later.id, { kind: 'failed', reason: 'draft_invalid' });
    await until(async () => (await queue.bull.getFailedCount()) === 1);
    expect(await queue.mend()).toBe(0);
  });
});

describe('a crash between two calls', () => {
  test('after the places were given, and before the jobs were added, leaves nothing that holds others up', async () => {
    await capOf(busy, 1);
    const [first, parked, next] = many(3, busy) as [QueuedCreation, QueuedCreation, QueuedCreation];
    const { addBulk } = queue.bull;
    queue.bull.addBulk = async () => {
      throw new Error('killed');
    };
    await expect(queue.enqueue([first, parked])).rejects.toThrow('killed');
    queue.bull.addBulk = addBulk;
    await queue.enqueue([next]);
    expect((await queue.place(next.id)).parked).toBe(true);
    expect(await queue.mend()).toBeGreaterThan(0);
    expect(await order()).toEqual([next.id]);
    expect(await queue.mend()).toBe(0);
  });

  test('of a parked job whose entry is lost: it is found among the delayed ones', async () => {
    await capOf(busy, 1);
    const [first, parked] = many(2, busy) as [QueuedCreation, QueuedCreation];
    await queue.enqueue([first, parked]);
    const redis = await bench.redis();
    for (const key of await redis.keys(`*${bench.prefix}*:line:*`)) await redis.del(key);
    expect(await queue.mend()).toBe(1);
    expect((await order()).toSorted()).toEqual(idsOf([first, parked]));
  });

  test('of a worker that had begun it: the slot is free when another looks', async () => {
    await capOf(busy, 1);
    const [lost, parked] = many(2, busy) as [QueuedCreation, QueuedCreation];
    await queue.enqueue([lost, parked]);
    const { taken, letGo } = await holdingConsumers(1, 1);
    expect(await taken.next()).toBe(lost.id);
    const redis = await bench.redis();
    // Erased under the worker’s hands, whose end is never told.
    await redis.lrem(queue.bull.toKey('active'), 1, lost.id);
    await queue.setTenantShares([{ tenantId: busy, weight: 1, cap: 1 }]);
    expect(await order()).toEqual([parked.id]);
    await queue.bull.pause();
    letGo(lost.id, { kind: 'drop' });
  });
});

describe('a paused queue', () => {
  test('gives nothing to workers, and wakes them when it goes on', async () => {
    await queue.setPaused(true);
    expect(await queue.isPaused()).toBe(true);
    const { taken, letGo, hands } = await holdingConsumers(1, 1);
    await capOf(busy, 1);
    const [one, two] = many(2, busy) as [QueuedCreation, QueuedCreation];
    await queue.enqueue([one, two]);
    await queue.remove(one.id);
    expect(hands.size).toBe(0);
    await queue.setPaused(false);
    expect(await taken.next()).toBe(two.id);
    letGo(two.id);
  });
});
