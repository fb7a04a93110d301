import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CreationId, JOBS } from '@roleforge/contracts';
import type { CreationJob, CreationQueue, JobOutcome } from './index.ts';
import { aQueued, type Bench, openBench, told, until } from './queue.fixture.ts';

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
    expect(await jobs.next()).toEqual({ id, data: { version: 1, tenantId, requestId, traceparent }, keptOut: false });
    await becomes(id, 'completed');
  });

  test('one that its tenant’s cap has kept out is handed over as such', async () => {
    const [first, second] = [aQueued(), aQueued()];
    await queue.setTenantShares([{ tenantId: first.tenantId, weight: 1, cap: 1 }]);
    const jobs = told<CreationJob>();
    await queue.enqueue([first, second]);
    await bench.consumer(async job => {
      jobs.tell(job);
      return { kind: 'done' };
    });
    expect([await jobs.next(), await jobs.next()]).toMatchObject([
      { id: first.id, keptOut: false },
      { id: second.id, keptOut: true },
    ]);
    await becomes(second.id, 'completed');
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
    const at = new Date(Date.now() + 3_600_000);
    await queue.enqueue([first, second]);
    const taken = await consumerAnswering({ [first.id]: [{ kind: 'delay', at }] });
    expect([await taken.next(), await taken.next()]).toEqual([first.id, second.id]);
    await becomes(second.id, 'completed');
    expect(await stateOf(first.id)).toBe('delayed');
    const soon = Date.now() + 200;
    await (await queue.bull.getJob(first.id))?.changeDelay(200);
    expect(await taken.next()).toBe(first.id);
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
    await becomes(first.id, 'completed');
  });

  test('delayed, it goes before others of its class when its time has come, and not before a more urgent one', async () => {
    const [first, second, third, urgent] = [aQueued(), aQueued(), aQueued(), aQueued('high')];
    const taken = told<CreationId>();
    const gate = Promise.withResolvers<void>();
    const at = new Date(Date.now() + 3_600_000);
    await queue.enqueue([first, second, third]);
    let times = 0;
    await bench.consumer(async ({ id }) => {
      taken.tell(id);
      times += 1;
      if (times === 1) return { kind: 'delay', at };
      if (times === 2) await gate.promise;
      return { kind: 'done' };
    });
    expect([await taken.next(), await taken.next()]).toEqual([first.id, second.id]);
    await queue.enqueue([urgent]);
    // Its time has come: the worker promotes it when it fetches its next job.
    await (await queue.bull.getJob(first.id))?.changeDelay(0);
    gate.resolve();
    expect([await taken.next(), await taken.next(), await taken.next()]).toEqual([urgent.id, first.id, third.id]);
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
