import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { newDeliveryId, newTenantId } from '@roleforge/domain';
import { Queue } from 'bullmq';
import {
  type DeliveryJob,
  type DeliveryJobOutcome,
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
const delivery = (notBefore: Date | null = null): QueuedDelivery => ({
  tenantId,
  deliveryId: newDeliveryId(Date.now()),
  notBefore,
});
const stateOf = async ({ deliveryId }: QueuedDelivery) => bull.getJobState(deliveryId);

/** A consumer whose jobs are answered by the test. */
async function consume(
  handle: (job: DeliveryJob, signal: AbortSignal) => Promise<DeliveryJobOutcome>,
  onInvalid: (id: string) => void = () => {},
): Promise<WebhookConsumer> {
  const consumer = startWebhookConsumer({
    redis: await bench.redis('worker'),
    prefix: bench.prefix,
    concurrency: 2,
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
    expect((await bull.getJob(later.deliveryId))?.priority).toBe(1);
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
