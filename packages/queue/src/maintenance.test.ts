import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { closeRedis, openRedis, startMaintenance } from './index.ts';
import { type Bench, happens, openBench, told, until } from './queue.fixture.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const EVERY_MS = 50;

/** As one more process starts it. */
async function start(reconcile: () => Promise<void>, onError: (error: Error) => void = () => {}) {
  const redis = await bench.redis('worker');
  const maintenance = await startMaintenance({ redis, prefix: bench.prefix, everyMs: EVERY_MS, reconcile, onError });
  bench.afterwards(() => maintenance.stop());
  return maintenance;
}

describe('maintenance', () => {
  test('runs again and again, however many processes start it, on one at a time', async () => {
    const redis = await bench.redis();
    const runs = told<void>();
    let running = 0;
    let most = 0;
    /** It takes so long that others are due meanwhile. */
    const reconcile = async () => {
      running += 1;
      most = Math.max(most, running);
      const end = Date.now() + 4 * EVERY_MS;
      await until(async () => (await redis.ping()) === 'PONG' && Date.now() >= end);
      running -= 1;
      runs.tell();
    };
    await start(reconcile);
    await start(reconcile);
    for (let more = 0; more < 5; more += 1) await runs.next();
    expect(most).toBe(1);
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
    // Time enough for a stop that does not wait.
    const redis = await bench.redis();
    for (let pings = 0; pings < 10; pings += 1) await redis.ping();
    gate.resolve();
    expect(await stopped).toBe(true);
  });

  test('stopping does not wait for a Redis that is away', async () => {
    const way = await bench.wayToCut();
    const redis = openRedis(way.url, 'worker');
    bench.afterwards(() => closeRedis(redis));
    const cut = told<void>();
    let runs = 0;
    const reconcile = async () => {
      runs += 1;
      // With the second run all connections are up.
      if (runs < 2) return;
      way.cut();
      cut.tell();
      await redis.ping();
    };
    const maintenance = await startMaintenance({ redis, prefix: bench.prefix, everyMs: 50, reconcile, onError() {} });
    const away = happens(redis, 'reconnecting');
    await cut.next();
    await away;
    await maintenance.stop();
  });
});
