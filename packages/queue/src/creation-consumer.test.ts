import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CreationId, JOBS } from '@roleforge/contracts';
import { type CreationJob, type CreationQueue, closeRedis, type JobOutcome, openRedis } from './index.ts';
import { aQueued, type Bench, happens, kill, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
let queue: CreationQueue;
beforeEach(async () => {
  bench = openBench();
  queue = await bench.queue();
});
afterEach(() => bench.close());

const stateOf = async (id: string) => (await queue.bull.getJob(id))?.getState();
const becomes = (id: string, state: string) => until(async () => (await stateOf(id)) === state);

/** Takes jobs and answers each taking with the next of its outcomes, and `done` after the last. */
async function consumerAnswering(outcomes: Partial<Record<CreationId, JobOutcome[]>>) {
  const taken = told<CreationId>();
  await bench.consumer(async ({ id }) => {
    taken.tell(id);
    return outcomes[id]?.shift() ?? { kind: 'done' };
  });
  return taken;
}

describe('what becomes of a job', () => {
  test('it is handed over as it was put on the queue, and done is the end of it', async () => {
    const creation = { ...aQueued(), traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const jobs = told<CreationJob>();
    await bench.consumer(async job => {
      jobs.tell(job);
      return { kind: 'done' };
    });
    await queue.enqueue([creation]);
    const { id, tenantId, requestId, traceparent } = creation;
    expect(await jobs.next()).toEqual({ id, data: { version: 1, tenantId, requestId, traceparent } });
    await becomes(id, 'completed');
  });

  test('failed is the end of it too, with its reason', async () => {
    const { id, ...rest } = aQueued();
    await consumerAnswering({ [id]: [{ kind: 'failed', reason: 'draft_invalid' }] });
    await queue.enqueue([{ id, ...rest }]);
    await becomes(id, 'failed');
    expect((await queue.bull.getJob(id))?.failedReason).toBe('draft_invalid');
  });

  test('delayed, it is taken again after its time, and holds no slot until then', async () => {
    const [first, second] = [aQueued('urgent'), aQueued('low')];
    const at = new Date(Date.now() + 400);
    await queue.enqueue([first, second]);
    const taken = await consumerAnswering({ [first.id]: [{ kind: 'delay', at }] });
    expect([await taken.next(), await taken.next()]).toEqual([first.id, second.id]);
    await becomes(second.id, 'completed');
    expect(await stateOf(first.id)).toBe('delayed');
    expect(await taken.next()).toBe(first.id);
    expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
    await becomes(first.id, 'completed');
  });

  test('delayed for less than a second, it is not kept waiting for a whole one', async () => {
    const lateness: number[] = [];
    let at = 0;
    const again = told<number>();
    await bench.consumer(async () => {
      if (at !== 0) {
        again.tell(Date.now() - at);
        at = 0;
        return { kind: 'done' };
      }
      at = Date.now() + 50;
      return { kind: 'delay', at: new Date(at) };
    });
    for (let round = 0; round < 4; round += 1) {
      await queue.enqueue([aQueued()]);
      lateness.push(await again.next());
    }
    // The least of several: a busy machine may be late at times.
    expect(Math.min(...lateness)).toBeLessThan(500);
  });

  test('given back, it is taken again at once, but after what is more urgent', async () => {
    const [first, second, urgent] = [aQueued(), aQueued(), aQueued('urgent')];
    await queue.enqueue([first, second]);
    const taken = told<CreationId>();
    const before = [async () => queue.enqueue([urgent])];
    await bench.consumer(async ({ id }) => {
      taken.tell(id);
      const prepare = before.shift();
      if (prepare === undefined) return { kind: 'done' };
      await prepare();
      return { kind: 'giveBack' };
    });
    const order = [await taken.next(), await taken.next(), await taken.next(), await taken.next()];
    expect(order).toEqual([first.id, urgent.id, first.id, second.id]);
  });

  test('dropped, it is left to the one who has it now', async () => {
    const [creation, next] = [aQueued('urgent'), aQueued('low')];
    const redis = await bench.redis();
    const lock = `${queue.bull.toKey(creation.id)}:lock`;
    const taken = told<CreationId>();
    await bench.consumer(async ({ id }) => {
      taken.tell(id);
      if (id !== creation.id) return { kind: 'done' };
      await redis.set(lock, 'another worker', 'PX', 60_000);
      return { kind: 'drop' };
    });
    await queue.enqueue([creation, next]);
    expect([await taken.next(), await taken.next()]).toEqual([creation.id, next.id]);
    await becomes(next.id, 'completed');
    expect(await stateOf(creation.id)).toBe('active');
    expect(await redis.get(lock)).toBe('another worker');
  });

  test('after a fault of the handler it is tried again after a pause, and the fault is reported', async () => {
    const creation = aQueued();
    const fault = new Error('a fault of the program');
    const faults: Error[] = [];
    const taken = told<CreationId>();
    await bench.consumer(
      async ({ id }) => {
        taken.tell(id);
        if (faults.length === 0) throw fault;
        return { kind: 'done' };
      },
      { onError: error => faults.push(error) },
    );
    await queue.enqueue([creation]);
    await taken.next();
    await becomes(creation.id, 'delayed');
    expect(faults).toEqual([fault]);
    const job = await queue.bull.getJob(creation.id);
    expect(job?.delay).toBeGreaterThan(1_000);
    await job?.promote();
    expect(await taken.next()).toBe(creation.id);
    await becomes(creation.id, 'completed');
  });

  test.each([
    ['another version', { version: 2 }],
    ['a field too many', { version: 1, requestId: 'r', traceparent: null, extra: true }],
    ['nothing', null],
  ])('with a payload that is %s it fails for good, unseen by the handler', async (_, data) => {
    const invalid: [string, Error][] = [];
    const handled: CreationId[] = [];
    await bench.consumer(
      async ({ id }) => {
        handled.push(id);
        return { kind: 'done' };
      },
      { onInvalid: (id, error) => invalid.push([id, error]) },
    );
    const { id } = aQueued();
    await queue.bull.add(JOBS.createRole.name, data, { jobId: id, priority: 1, attempts: 5 });
    await becomes(id, 'failed');
    expect(invalid).toEqual([[id, expect.any(Error)]]);
    expect((await queue.bull.getJob(id))?.failedReason).toBe('job_invalid');
    expect(handled).toEqual([]);
  });

  test('under an id that is no creation’s it fails for good', async () => {
    const invalid = told<string>();
    await bench.consumer(async () => ({ kind: 'done' }), { onInvalid: id => invalid.tell(id) });
    const { tenantId, requestId, traceparent } = aQueued();
    const data = { version: 1, tenantId, requestId, traceparent };
    await queue.bull.add(JOBS.createRole.name, data, { jobId: 'not-ours', priority: 1 });
    expect(await invalid.next()).toBe('not-ours');
    await becomes('not-ours', 'failed');
  });
});

describe('stopping', () => {
  /** A consumer with one job in hand, which ends as `answer` says when told to stop or when let go. */
  async function withOneInHand(answer: JobOutcome) {
    const creation = aQueued();
    const letGo = Promise.withResolvers<void>();
    const inHand = told<AbortSignal>();
    const consumer = await bench.consumer(async (_, signal) => {
      inHand.tell(signal);
      await Promise.race([letGo.promise, signal.aborted || once(signal, 'abort')]);
      return answer;
    });
    await queue.enqueue([creation]);
    return { creation, consumer, letGo: letGo.resolve, signal: await inHand.next() };
  }

  test('waits for what is in hand and takes no more', async () => {
    const { creation, consumer, letGo, signal } = await withOneInHand({ kind: 'done' });
    expect(consumer.running()).toBe(1);
    const next = aQueued();
    await queue.enqueue([next]);
    const stopped = consumer.stop(60_000);
    letGo();
    await stopped;
    expect(consumer.running()).toBe(0);
    expect(signal.aborted).toBe(false);
    expect([await stateOf(creation.id), await stateOf(next.id)]).toEqual(['completed', 'prioritized']);
  });

  test('asks what is in hand to stop after the grace, and it goes back for another consumer', async () => {
    const { creation, consumer, signal } = await withOneInHand({ kind: 'giveBack' });
    await consumer.stop(50);
    expect(signal.reason).toBe('stopping');
    expect(consumer.running()).toBe(0);
    expect(await queue.position(creation.id)).toBe(1);
    const taken = await consumerAnswering({});
    expect(await taken.next()).toBe(creation.id);
  });

  test('while Redis is away waits for the handler’s answer, but not for Redis', async () => {
    const way = await bench.wayToCut();
    const redis = openRedis(way.url, 'worker');
    bench.afterwards(() => closeRedis(redis));
    const told = Promise.withResolvers<AbortSignal>();
    let answered = false;
    const consumer = await bench.consumer(
      async (_, signal) => {
        told.resolve(signal);
        await once(signal, 'abort');
        answered = true;
        return { kind: 'giveBack' };
      },
      { redis, concurrency: 2, onError: () => {} },
    );
    await queue.enqueue([aQueued()]);
    const signal = await told.promise;
    const away = happens(redis, 'reconnecting', 2);
    way.cut();
    await away;
    await consumer.stop(50);
    expect([answered, signal.reason]).toEqual([true, 'stopping']);
  });

  test('with nothing in hand ends at once, twice as well as once', async () => {
    const consumer = await bench.consumer(async () => ({ kind: 'done' }));
    await consumer.stop(60_000);
    await consumer.stop(60_000);
  });
});

describe('holding a job', () => {
  test('a job that takes longer than its lock lasts keeps it', async () => {
    const creation = aQueued();
    const redis = await bench.redis();
    const letGo = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    await bench.consumer(
      async (_, signal) => {
        signals.push(signal);
        await letGo.promise;
        return { kind: 'done' };
      },
      { lockMs: 400, concurrency: 2 },
    );
    await queue.enqueue([creation]);
    const lock = `${queue.bull.toKey(creation.id)}:lock`;
    // Its time to live goes up only where the lock is renewed.
    for (let renewals = 0, last = Number.POSITIVE_INFINITY; renewals < 4; ) {
      const left = await redis.pttl(lock);
      if (left > last) renewals += 1;
      last = left;
    }
    letGo.resolve();
    await becomes(creation.id, 'completed');
    expect(signals.map(signal => signal.aborted)).toEqual([false]);
  });

  test('a job whose lock is lost is told so, and is taken again', async () => {
    const creation = aQueued();
    const redis = await bench.redis();
    const signals = told<AbortSignal>();
    const errors: string[] = [];
    await bench.consumer(
      async (_, signal) => {
        const first = (await queue.bull.getJob(creation.id))?.attemptsStarted === 1;
        signals.tell(signal);
        if (!first) return { kind: 'done' };
        await once(signal, 'abort');
        return { kind: 'drop' };
      },
      { lockMs: 400, onError: error => errors.push(error.message) },
    );
    await queue.enqueue([creation]);
    const first = await signals.next();
    const aborted = once(first, 'abort');
    await redis.del(`${queue.bull.toKey(creation.id)}:lock`);
    await aborted;
    expect(first.reason).toBe('lock_lost');
    await signals.next();
    await becomes(creation.id, 'completed');
    expect(errors).toEqual([`could not renew lock for job ${creation.id}`]);
  });

  test('jobs are taken again after the server ended the consumer’s connections', async () => {
    const taken = told<CreationId>();
    const redis = await bench.redis();
    const worker = await bench.redis('worker');
    await bench.consumer(
      async ({ id }) => {
        taken.tell(id);
        return { kind: 'done' };
      },
      { redis: worker, onError: () => {} },
    );
    const [before, after] = [aQueued(), aQueued()];
    await queue.enqueue([before]);
    expect(await taken.next()).toBe(before.id);
    const list = (await redis.client('LIST')) as string;
    const own = list.split('\n').filter(line => line.includes(`name={${bench.prefix}`));
    expect(own.length).toBeGreaterThan(0);
    await kill(
      redis,
      own.map(line => /^id=(\d+)/.exec(line)?.[1] ?? ''),
    );
    await queue.enqueue([after]);
    expect(await taken.next()).toBe(after.id);
  });
});
