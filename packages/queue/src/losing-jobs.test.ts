import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CreationId } from '@roleforge/contracts';
import { FLOW_FIELD } from './creation-queue.ts';
import { openFairLine } from './fair-line/fair-line.ts';
import type { CreationQueue, JobOutcome } from './index.ts';
import { aQueued, type Bench, openBench, positionOf, told, until } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
});
afterEach(() => bench.close());

/** As a FLUSHALL, for this test alone. */
async function wipe(): Promise<void> {
  const redis = await bench.redis();
  const keys = await redis.keys(`{${bench.prefix}:*`);
  await redis.del(...keys);
}

/** A consumer with `count` jobs in hand, all of which end with `outcome` when they are let go. */
async function withInHand(count: number, outcome: JobOutcome) {
  const taken = told<CreationId>();
  const losses = told<Error>();
  const gate = Promise.withResolvers<void>();
  let first = true;
  const consumer = await bench.consumer(
    async ({ id }) => {
      taken.tell(id);
      if (!first) return { kind: 'done' };
      await gate.promise;
      return outcome;
    },
    { concurrency: count, onLost: losses.tell },
  );
  const creations = Array.from({ length: count }, () => aQueued());
  await queue.enqueue(creations);
  for (let job = 0; job < count; job += 1) await taken.next();
  const letGo = () => {
    first = false;
    gate.resolve();
  };
  return { consumer, creations, taken, losses, letGo };
}

describe('a Redis that is wiped while jobs are in hand', () => {
  test.each([
    { kind: 'done' },
    { kind: 'failed', reason: 'draft_invalid' },
    { kind: 'giveBack' },
    { kind: 'delay', at: new Date(Date.now() + 60_000) },
    { kind: 'drop' },
  ] satisfies JobOutcome[])(
    'costs no slot when they end as $kind, and is not told of for each of them',
    async outcome => {
      const lost = 5;
      const { consumer, taken, losses, letGo } = await withInHand(lost, outcome);
      await wipe();
      letGo();
      const next = Array.from({ length: 10 }, () => aQueued());
      await queue.enqueue(next);
      const order: CreationId[] = [];
      while (order.length < next.length) order.push(await taken.next());
      expect(order.toSorted()).toEqual(next.map(({ id }) => id).toSorted());
      if (outcome.kind !== 'drop') await losses.next();
      await until(async () => (await queue.bull.getJobCounts('completed')).completed === next.length);
      // What is still to be told is told with the stop. It is more than once where this process was held up for so long
      // that the complaints did not come together.
      await consumer.stop(10_000);
      expect(losses.unread()).toBeLessThan(lost - 1);
    },
  );

  test('between the taking of a job and its begin leaves nothing of it, and it can be put back', async () => {
    const creation = aQueued();
    await queue.enqueue([creation]);
    const line = openFairLine(await bench.redis(), {
      prefix: bench.prefix,
      queue: queue.bull.name,
      flowField: FLOW_FIELD,
    });
    await wipe();
    expect(await line.start(creation.id, creation.tenantId)).toEqual({ verdict: 'gone', capped: false });
    expect(await (await bench.redis()).exists(queue.bull.toKey(creation.id))).toBe(0);
    expect(await queue.restore([creation])).toMatchObject({ restored: 1 });
    expect(await positionOf(queue, creation.id)).toBe(1);
  });

  test.each([
    ['at once', null],
    ['at its time', new Date(Date.now() + 60_000)],
  ])(
    'what an earlier release left of a job keeps it from being put back, to be taken %s, no longer',
    async (_, runAt) => {
      const creation = { ...aQueued(), runAt };
      await (await bench.redis()).hset(queue.bull.toKey(creation.id), 'priority', 1_000_002);
      expect(await queue.restore([creation])).toMatchObject({ restored: 1 });
      expect(await queue.restore([creation])).toMatchObject({ restored: 0 });
      expect((await queue.bull.getJob(creation.id))?.data).toMatchObject({ tenantId: creation.tenantId });
    },
  );

  test('leaves a creation that was put back meanwhile to whoever takes it', async () => {
    const { creations, taken, losses, letGo } = await withInHand(1, { kind: 'done' });
    await wipe();
    expect(await queue.restore(creations)).toMatchObject({ restored: 1 });
    letGo();
    expect(await taken.next()).toBe(creations[0]?.id);
    await losses.next();
    await until(async () => (await queue.bull.getJobCounts('completed')).completed === 1);
    expect(await queue.bull.getJobCounts('active', 'prioritized', 'waiting')).toMatchObject({
      active: 0,
      prioritized: 0,
      waiting: 0,
    });
  });
});
