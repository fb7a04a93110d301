import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SystemStatus } from '@roleforge/contracts';
import { until } from './journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from './model-journey.fixture.ts';

let journey: ModelJourney;
beforeEach(async () => {
  journey = await beginModelJourney();
});
afterEach(() => journey.close());

const status = async () => SystemStatus.parse(await (await fetch(`${journey.url}/v1/status`)).json());

test('workers are seen at their work; when they are killed it is an incident, which ends when another comes', async () => {
  const env = { WORKER_LOCK_SECONDS: '5', WORKER_CONCURRENCY: '3' };
  journey.model.enqueue({ kind: 'hang' });
  const worker = await journey.startModelWorker(env);
  const creation = await journey.submit('tea-shop');
  await until(async () => (await status()).workers?.[0]?.inHand?.writing === 1);
  expect(await status()).toMatchObject({
    status: 'operational',
    workers: [{ state: 'working', concurrency: 3, version: expect.any(String) }],
    providers: [{ model: 'scripted-1', breaker: 'closed' }],
    queue: { running: 1 },
  });

  process.kill(worker.pid, 'SIGKILL');
  await worker.ended;
  const waiting = await journey.submit('tea-shop', { priority: 'urgent' });
  await until(async () => (await status()).incidents.current.some(({ code }) => code === 'no_workers'));
  const broken = await status();
  expect(broken).toMatchObject({ status: 'degraded', accepting: true, workers: [] });
  expect(broken.queue?.classes[0]).toMatchObject({ priority: 'urgent', waiting: 1 });

  await journey.startModelWorker(env);
  await Promise.all([journey.ended(creation), journey.ended(waiting)]);
  await until(async () => (await status()).incidents.recent.some(({ code }) => code === 'no_workers'));
  const well = await status();
  expect([well.status, well.workers?.length]).toEqual(['operational', 1]);
  expect(well.throughput?.recent.length).toBe(12);
  expect(JSON.stringify(well)).not.toMatch(/rc_|tenant_|tea-shop/);
}, 120_000);

test('a worker that stops is seen to, with what it still has in hand', async () => {
  const worker = await journey.startModelWorker();
  journey.model.enqueue({ kind: 'hang' });
  await journey.submit('tea-shop');
  await until(async () => (await status()).workers?.[0]?.inHand?.writing === 1);
  const stopped = worker.stop(10_000);
  await until(async () => (await status()).workers?.[0]?.state === 'stopping');
  await stopped;
  await until(async () => (await status()).workers?.length === 0);
}, 120_000);
