import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type DeliveryId, JOBS } from '@roleforge/contracts';
import { newDeliveryId, newTenantId } from '@roleforge/domain';
import { Queue } from 'bullmq';
import {
  type DeliveryJob,
  type DeliveryJobOutcome,
  MOST_AT_ONE_RECEIVER,
  openWebhookQueue,
  type QueuedDelivery,
  startWebhookConsumer,
  type WebhookConsumer,
  type WebhookQueue,
} from './index.ts';
import { queuePrefix } from './keys.ts';
import { type Bench, openBench, told, until } from './queue.fixture.ts';

const { queue: NAME } = JOBS.deliverWebhook;

let bench: Bench;
let queue: WebhookQueue;
let bull: Queue;
beforeEach(async () => {
  bench = openBench();
  const redis = await bench.redis();
  queue = openWebhookQueue(redis, bench.prefix);
  bench.afterwards(() => queue.close());
  bull = new Queue(NAME, { connection: redis, prefix: queuePrefix(bench.prefix, NAME) });
  bench.afterwards(() => bull.close());
});
afterEach(() => bench.close());

const tenantId = newTenantId();
const inMs = (ms: number) => new Date(Date.now() + ms);
const delivery = (notBefore: Date | null = null, receiver = 'one'): QueuedDelivery => ({
  tenantId,
  deliveryId: newDeliveryId(Date.now()),
  receiver,
  notBefore,
});
const many = (count: number, receiver: string) => Array.from({ length: count }, () => delivery(null, receiver));
const idsOf = (deliveries: readonly QueuedDelivery[]) => deliveries.map(({ deliveryId }) => deliveryId);
const stateOf = async ({ deliveryId }: QueuedDelivery) => bull.getJobState(deliveryId);

/** A consumer whose jobs are answered by the test. */
async function consume(
  handle: (job: DeliveryJob, signal: AbortSignal) => Promise<DeliveryJobOutcome>,
  onInvalid: (id: string) => void = () => {},
  concurrency = 2,
): Promise<WebhookConsumer> {
  const consumer = await startWebhookConsumer({
    redis: await bench.redis('worker'),
    prefix: bench.prefix,
    concurrency,
    handle,
    onInvalid,
    onLost: () => {},
    onError: () => {},
  });
  bench.afterwards(() => consumer.stop(0));
  return consumer;
}

describe('the webhooks’ queue', () => {
  test('holds each delivery once, under its id, and with a number of priority', async () => {
    const [now, later] = [delivery(), delivery(inMs(60_000))];
    await queue.enqueue([now, later]);
    await queue.enqueue([now, later]);
    expect([await stateOf(now), await stateOf(later)]).toEqual(['prioritized', 'delayed']);
    expect(await bull.getJobCountByTypes('prioritized', 'delayed')).toBe(2);
    expect((await bull.getJob(later.deliveryId))?.priority).toBeGreaterThan(0);
  });

  test('brings forward what waits for a later time and is wanted at once', async () => {
    const one = delivery(inMs(3_600_000));
    await queue.enqueue([one]);
    await queue.enqueue([{ ...one, notBefore: inMs(7_200_000) }]);
    expect(await stateOf(one)).toBe('delayed');
    await queue.enqueue([{ ...one, notBefore: inMs(-1) }]);
    expect(await stateOf(one)).toBe('prioritized');
  });

  test('takes back what it has lost, or holds for much later, and nothing else', async () => {
    const [lost, waits, soon, late] = [delivery(), delivery(), delivery(inMs(10_000)), delivery(inMs(3_600_000))];
    await queue.enqueue([waits, soon, late]);
    const due = [lost, waits, soon, late].map(one => ({ ...one, notBefore: inMs(-60_000) }));
    expect(await queue.restore(due)).toBe(2);
    expect(await Promise.all([lost, waits, soon, late].map(stateOf))).toEqual([
      'prioritized',
      'prioritized',
      'delayed',
      'prioritized',
    ]);
    expect(await queue.restore(due)).toBe(0);
    expect(await queue.restore([])).toBe(0);
  });
});

describe('the webhooks’ consumer', () => {
  test('hands over what is due, and what is done can be put there again', async () => {
    const { tell, next } = told<DeliveryJob>();
    const consumer = await consume(async job => {
      tell(job);
      return { kind: 'done' };
    });
    const one = delivery();
    for (let times = 0; times < 2; times += 1) {
      const handed = next();
      await queue.enqueue([one]);
      expect(await handed).toEqual({ tenantId, deliveryId: one.deliveryId });
      await until(async () => (await stateOf(one)) === 'unknown');
    }
    await consumer.stop(0);
  });

  test('has a job come back at its time', async () => {
    const { tell, next } = told<number>();
    let times = 0;
    await consume(async () => {
      times += 1;
      tell(Date.now());
      return times === 1 ? { kind: 'delay', at: inMs(200) } : { kind: 'done' };
    });
    await queue.enqueue([delivery()]);
    const first = await next();
    expect((await next()) - first).toBeGreaterThanOrEqual(199);
  });

  test('fails a payload that it cannot read for good', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await consume(async () => ({ kind: 'done' }), resolve);
    await bull.add('deliver-webhook', { version: 9 }, { jobId: 'msg_strange', priority: 1 });
    expect(await promise).toBe('msg_strange');
  });

  test('gives back what is in hand when its grace is over, and takes nothing more', async () => {
    const { tell, next } = told<DeliveryJob>();
    const consumer = await consume(async (job, signal) => {
      tell(job);
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      expect(signal.reason).toBe('stopping');
      return { kind: 'giveBack' };
    });
    const one = delivery();
    await queue.enqueue([one]);
    await next();
    await consumer.stop(10);
    const two = delivery();
    await queue.enqueue([two]);
    expect(await stateOf(one)).toBe('prioritized');
    expect(await stateOf(two)).toBe('prioritized');
  });
});

/** Consumers in whose hands deliveries stay until they are let go, as at a receiver that hangs. */
async function holdingConsumers(consumers: number, concurrency: number) {
  const taken = told<DeliveryId>();
  const hands = new Map<DeliveryId, (outcome: DeliveryJobOutcome) => void>();
  for (let n = 0; n < consumers; n += 1)
    await consume(
      ({ deliveryId }, signal) => {
        const { promise, resolve } = Promise.withResolvers<DeliveryJobOutcome>();
        hands.set(deliveryId, resolve);
        signal.addEventListener('abort', () => resolve({ kind: 'giveBack' }));
        taken.tell(deliveryId);
        return promise;
      },
      () => {},
      concurrency,
    );
  const letGo = (id: DeliveryId, outcome: DeliveryJobOutcome = { kind: 'done' }) => {
    hands.get(id)?.(outcome);
    hands.delete(id);
  };
  const take = async (count: number) => {
    const ids: DeliveryId[] = [];
    while (ids.length < count) ids.push(await taken.next());
    return ids.toSorted();
  };
  return { take, hands, letGo };
}

describe('receivers', () => {
  beforeEach(() => queue.shareOut());

  test('one that hangs holds so many tries over all workers, and a newcomer’s begins at once', async () => {
    const backlog = many(300, 'hangs');
    await queue.enqueue(backlog);
    expect(await bull.getJobCounts('prioritized', 'delayed')).toEqual({
      prioritized: MOST_AT_ONE_RECEIVER,
      delayed: 300 - MOST_AT_ONE_RECEIVER,
    });
    const { take, hands, letGo } = await holdingConsumers(3, MOST_AT_ONE_RECEIVER);
    const held = await take(MOST_AT_ONE_RECEIVER);
    expect(held).toEqual(idsOf(backlog).slice(0, MOST_AT_ONE_RECEIVER));
    const newcomer = delivery(null, 'new');
    await queue.enqueue([newcomer]);
    expect(await take(1)).toEqual([newcomer.deliveryId]);
    expect(hands.size).toBe(MOST_AT_ONE_RECEIVER + 1);
    // The call that ends a try lets the oldest of those that wait go.
    letGo(held[0] as DeliveryId);
    expect(await take(1)).toEqual([backlog[MOST_AT_ONE_RECEIVER]?.deliveryId]);
  });

  test('take turns where all hands are full', async () => {
    const busy = ['a', 'b', 'c'].flatMap(receiver => many(MOST_AT_ONE_RECEIVER, receiver));
    await queue.enqueue(busy);
    const { take, letGo } = await holdingConsumers(1, 1);
    const [first] = await take(1);
    const newcomer = delivery(null, 'new');
    await queue.enqueue([newcomer]);
    letGo(first as DeliveryId);
    const firstOfEach = idsOf(busy).filter((_, index) => index % MOST_AT_ONE_RECEIVER === 0);
    const next: DeliveryId[] = [];
    for (let left = 3; left > 0; left -= 1) {
      const [id] = await take(1);
      next.push(id as DeliveryId);
      letGo(id as DeliveryId);
    }
    expect([first, ...next].toSorted()).toEqual([...firstOfEach, newcomer.deliveryId].toSorted());
  });

  test('one whose tries have failed does not go before others with those that come back', async () => {
    const [failing, others] = [many(2, 'failing'), many(2, 'well')];
    await queue.enqueue(failing);
    const { take, letGo } = await holdingConsumers(1, 2);
    const [again, last] = (await take(2)) as [DeliveryId, DeliveryId];
    letGo(again, { kind: 'delay', at: inMs(3_600_000) });
    await until(async () => (await bull.getDelayedCount()) === 1);
    const busy = many(1, 'failing');
    await queue.enqueue(busy);
    await take(1);
    // One of the failing receiver's is ahead of its share now, and another comes back.
    const ahead = delivery(null, 'failing');
    await queue.enqueue([ahead, ...others]);
    await (await bull.getJob(again))?.changeDelay(0);
    letGo(last);
    const order: DeliveryId[] = [];
    for (let left = 4; left > 0; left -= 1) {
      const [id] = (await take(1)) as [DeliveryId];
      order.push(id);
      letGo(id);
    }
    expect(order.indexOf(again)).toBeGreaterThan(order.indexOf(idsOf(others)[0] as DeliveryId));
    expect(order.toSorted()).toEqual([again, ahead.deliveryId, ...idsOf(others)].toSorted());
  });

  test('what is parked is left alone when it is asked for again or found due', async () => {
    const waiting = many(MOST_AT_ONE_RECEIVER + 2, 'hangs');
    await queue.enqueue(waiting);
    const parkedAt = async () => bull.getDelayed().then(jobs => jobs.map(({ id, timestamp }) => ({ id, timestamp })));
    const before = await parkedAt();
    await queue.enqueue(waiting);
    expect(await queue.restore(waiting.map(one => ({ ...one, notBefore: inMs(-60_000) })))).toBe(0);
    expect(await parkedAt()).toEqual(before);
    expect(await queue.mend()).toBe(0);
  });

  test('keep their caps where Redis has lost all and the reconciler is the first to come', async () => {
    const redis = await bench.redis();
    await redis.del(...(await redis.keys(`{${bench.prefix}:*`)));
    const due = many(MOST_AT_ONE_RECEIVER + 3, 'hangs');
    expect(await queue.restore(due)).toBe(due.length);
    expect(await bull.getDelayedCount()).toBe(3);
  });

  test('are mended where a crash has left slots without jobs', async () => {
    const lost = many(MOST_AT_ONE_RECEIVER, 'hangs');
    await queue.enqueue(lost);
    const next = delivery(null, 'hangs');
    await queue.enqueue([next]);
    expect(await stateOf(next)).toBe('delayed');
    for (const { deliveryId } of lost) await bull.remove(deliveryId);
    expect(await queue.mend()).toBeGreaterThan(0);
    expect(await stateOf(next)).toBe('prioritized');
  });

  test('of a former release’s jobs all of a tenant count as one', async () => {
    const old = many(MOST_AT_ONE_RECEIVER + 2, 'not told');
    await bull.addBulk(
      old.map(({ deliveryId }) => ({
        name: 'deliver-webhook',
        data: { version: 1, tenantId, deliveryId },
        opts: { jobId: deliveryId, priority: 1, removeOnComplete: true },
      })),
    );
    const { take, hands, letGo } = await holdingConsumers(2, MOST_AT_ONE_RECEIVER);
    await take(MOST_AT_ONE_RECEIVER);
    await until(async () => (await bull.getDelayedCount()) === 2);
    const newcomer = delivery(null, 'new');
    await queue.enqueue([newcomer]);
    expect(await take(1)).toEqual([newcomer.deliveryId]);
    for (const id of [...hands.keys()]) letGo(id);
    for (const id of await take(2)) letGo(id);
    await until(async () => (await bull.getJobCountByTypes('active', 'prioritized', 'delayed')) === 0);
    expect(await queue.mend()).toBe(0);
  });
});
