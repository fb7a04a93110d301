import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newBulkId, newTenantId } from '@roleforge/domain';
import { type BulkJob, type BulkQueue, openBulkQueue, startBulkConsumer } from './index.ts';
import { queuePrefix } from './keys.ts';
import { type Bench, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
let queue: BulkQueue;
beforeEach(async () => {
  bench = openBench();
  queue = openBulkQueue(await bench.redis(), bench.prefix);
  bench.afterwards(() => queue.close());
});
afterEach(() => bench.close());

const aBulk = (): BulkJob => ({ tenantId: newTenantId(), bulkId: newBulkId(Date.now()) });

type Handle = Parameters<typeof startBulkConsumer>[0]['handle'];

/** A consumer and the errors that it has told of. */
async function consumer(handle: Handle) {
  const errors = told<Error>();
  const started = startBulkConsumer({
    redis: await bench.redis('worker'),
    prefix: bench.prefix,
    handle,
    onError: errors.tell,
  });
  bench.afterwards(() => started.stop());
  return { ...started, errors };
}

/** Resolves when the queue holds nothing of the call any more. */
async function gone({ bulkId }: BulkJob) {
  const redis = await bench.redis();
  const key = `${queuePrefix(bench.prefix, 'bulk-operation')}:bulk-operation:${bulkId}`;
  await until(async () => (await redis.exists(key)) === 0);
}

describe('the bulk calls’ queue', () => {
  test('a call is carried out once, however often it is put there while it waits', async () => {
    const [first, last] = [aBulk(), aBulk()];
    for (const job of [first, first, last]) await queue.enqueue(job);
    const handled = told<BulkJob>();
    await consumer(async job => handled.tell(job));
    expect(await handled.next()).toEqual(first);
    expect(await handled.next()).toEqual(last);
  });

  test('one that has been carried out may be put there again', async () => {
    const job = aBulk();
    const handled = told<BulkJob>();
    await consumer(async one => handled.tell(one));
    for (let times = 0; times < 2; times += 1) {
      await queue.enqueue(job);
      expect(await handled.next()).toEqual(job);
      await gone(job);
    }
  });

  test('one that fails is told of, and may be put there again', async () => {
    const job = aBulk();
    const fault = new Error('a fault of the program');
    const handled = told<BulkJob>();
    let fails = true;
    const { errors } = await consumer(async one => {
      if (fails) throw fault;
      handled.tell(one);
    });
    await queue.enqueue(job);
    expect(await errors.next()).toBe(fault);
    await gone(job);
    fails = false;
    await queue.enqueue(job);
    expect(await handled.next()).toEqual(job);
  });

  test('a long one does not keep another waiting', async () => {
    const [long, short] = [aBulk(), aBulk()];
    const began = told<BulkJob>();
    const letGo = Promise.withResolvers<void>();
    await consumer(async job => {
      began.tell(job);
      if (job.bulkId === long.bulkId) await letGo.promise;
    });
    await queue.enqueue(long);
    expect(await began.next()).toEqual(long);
    await queue.enqueue(short);
    expect(await began.next()).toEqual(short);
    letGo.resolve();
  });

  test('a consumer that stops breaks off what it has in hand, waits for that, and leaves it to another without a complaint', async () => {
    const job = aBulk();
    const began = told<AbortSignal>();
    let ended = false;
    const { stop, errors } = await consumer(async (_, signal) => {
      began.tell(signal);
      try {
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      } finally {
        ended = true;
      }
    });
    await queue.enqueue(job);
    const signal = await began.next();
    await stop();
    expect([signal.aborted, ended]).toEqual([true, true]);
    const again = told<BulkJob>();
    await consumer(async one => again.tell(one));
    expect(await again.next()).toEqual(job);
    errors.tell(new Error('the first'));
    expect((await errors.next()).message).toBe('the first');
  });
});
