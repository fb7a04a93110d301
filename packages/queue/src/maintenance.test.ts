import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { Queue } from 'bullmq';
import { startMaintenance } from './index.ts';
import { queuePrefix } from './keys.ts';
import { type Bench, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

/** As one more process starts it. */
async function start(reconcile: () => Promise<void>, onError: (error: Error) => void = () => {}) {
  const redis = await bench.redis('worker');
  const maintenance = await startMaintenance({ redis, prefix: bench.prefix, everyMs: 50, reconcile, onError });
  bench.afterwards(() => maintenance.stop());
  return maintenance;
}

async function maintenanceQueue(): Promise<Queue> {
  const { queue: name } = JOBS.reconcile;
  const queue = new Queue(name, { connection: await bench.redis(), prefix: queuePrefix(bench.prefix, name) });
  bench.afterwards(() => queue.close());
  return queue;
}

describe('maintenance', () => {
  test('runs again and again, however many processes start it, on one at a time', async () => {
    const runs = told<number>();
    let running = 0;
    let gate = Promise.withResolvers<void>();
    const reconcile = async () => {
      running += 1;
      runs.tell(running);
      await gate.promise;
      running -= 1;
    };
    await start(reconcile);
    await start(reconcile);
    const queue = await maintenanceQueue();
    for (let round = 0; round < 4; round += 1) {
      expect(await runs.next()).toBe(1);
      // The next is due while this one still runs.
      await until(async () => running > 1 || (await queue.getWaitingCount()) > 0);
      expect(running).toBe(1);
      const open = gate;
      gate = Promise.withResolvers();
      open.resolve();
    }
    gate.resolve();
  });

  test('another process goes on when one stops', async () => {
    const runs = told<string>();
    const first = await start(async () => runs.tell('first'));
    await runs.next();
    await start(async () => runs.tell('second'));
    await first.stop();
    while ((await runs.next()) !== 'second');
    expect(await runs.next()).toBe('second');
  });

  test('a run that fails is reported, and the next one comes', async () => {
    const fault = new Error('a fault of the program');
    const errors = told<Error>();
    const runs = told<void>();
    let count = 0;
    await start(async () => {
      runs.tell();
      count += 1;
      if (count === 1) throw fault;
    }, errors.tell);
    expect(await errors.next()).toBe(fault);
    await runs.next();
    await runs.next();
  });

  test('a wiped Redis gets the schedule again', async () => {
    const runs = told<void>();
    const redis = await bench.redis();
    await start(async () => runs.tell());
    await runs.next();
    const keys = await redis.keys(`{${bench.prefix}:*`);
    expect(keys.length).toBeGreaterThan(0);
    await redis.del(...keys);
    for (let more = 0; more < 5; more += 1) await runs.next();
  });

  test('stopping waits for the run in hand', async () => {
    const started = told<void>();
    const gate = Promise.withResolvers<void>();
    let ended = false;
    const maintenance = await start(async () => {
      started.tell();
      await gate.promise;
      ended = true;
    });
    await started.next();
    const stopped = maintenance.stop().then(() => ended);
    gate.resolve();
    expect(await stopped).toBe(true);
  });
});
