import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { JOBS } from '@roleforge/contracts';
import { Queue } from 'bullmq';
import { startMaintenance } from './index.ts';
import { queuePrefix } from './keys.ts';
import { type Bench, openBench } from './queue.fixture.ts';
let bench: Bench;
beforeEach(() => { bench = openBench(); });
afterEach(() => bench.close());
test('x', async () => {
  let running = 0, max = 0, runs = 0;
  const logs: string[] = [];
  const reconcile = async () => { running++; runs++; max = Math.max(max, running); await sleep(400); running--; };
  for (let i = 0; i < 2; i++) {
    const redis = await bench.redis('worker');
    const m = await startMaintenance({ redis, prefix: bench.prefix, everyMs: 50, reconcile, onError: e => logs.push(String(e)) });
    bench.afterwards(() => m.stop());
  }
  const { queue: name } = JOBS.reconcile;
  const queue = new Queue(name, { connection: await bench.redis(), prefix: queuePrefix(bench.prefix, name) });
  bench.afterwards(() => queue.close());
  for (let i = 0; i < 20; i++) { await sleep(150); logs.push(JSON.stringify([running, await queue.getJobCounts()])); }
  console.log(max, runs, logs.join('\n'));
  expect(1).toBe(1);
});
