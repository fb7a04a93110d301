import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BatchResult, BulkOperation, CreatedTenant, Creation, CreationEvent } from '@roleforge/contracts';
import { closeRedis, openRedis } from '@roleforge/queue';
import {
  noteSecret,
  type RedisCluster,
  startRedisCluster,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@roleforge/testkit';
import { createApiClient } from '../../apps/launcher/src/demo/api-client.ts';
import { readDemoTasks, storeSources } from '../../apps/launcher/src/demo/demo-tasks.ts';
import { callerOf, until } from '../journeys/journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from '../journeys/model-journey.fixture.ts';
import { allEnded, killMasterUnderLoad, notMadeOnce } from './failover.fixture.ts';

let cluster: RedisCluster;
let receiver: WebhookReceiver;
let journey: ModelJourney;
beforeAll(async () => {
  [cluster, receiver] = await Promise.all([startRedisCluster(), startWebhookReceiver()]);
  journey = await beginModelJourney({ redisUrl: cluster.url });
  const env = { AI_REQUESTS_PER_MINUTE: '60000', WORKER_CONCURRENCY: '10', WORKER_LOCK_SECONDS: '5' };
  await Promise.all([journey.startModelWorker(env), journey.startModelWorker(env)]);
  for (const name of ['worker-1', 'worker-2'] as const)
    await until(() => journey.logOf(name).some(({ message }) => message === 'worker ready'));
});
afterAll(async () => {
  await journey.close();
  await receiver.close();
  await cluster.stop();
});

/** A tenant beside the journey's own, with the sources of the demo. */
async function anotherTenant(limits: object) {
  const operator = callerOf(journey, journey.adminKey);
  const made = await operator.call<CreatedTenant>('POST', '/admin/v1/tenants', { name: 'Another', limits });
  const client = createApiClient(journey.url, noteSecret(made.apiKey));
  for (const task of readDemoTasks()) await storeSources(client, task);
  return { ...callerOf(journey, made.apiKey), id: made.id };
}

test('on a Redis Cluster tenants share the work, in single calls and batches, each limited by its own limits', async () => {
  const other = await anotherTenant({ running: 2, requestsPerSecond: 5, burst: 20 });
  const items = readDemoTasks().flatMap(({ taskId }) => [
    { taskId, priority: 'low' },
    { taskId, priority: 'urgent' },
  ]);
  const batch = await other.call<BatchResult>('POST', '/v1/role-creations/batch', { items });
  const theirs = batch.items.flatMap(item => ('creation' in item ? [item.creation] : []));
  expect(theirs).toHaveLength(items.length);
  const ours = await Promise.all(
    readDemoTasks().map(({ taskId }) => journey.submit(taskId, { webhook: { url: receiver.url } })),
  );
  expect((await allEnded(journey, [...ours, ...theirs])).map(({ status }) => status)).toEqual(
    Array(ours.length + theirs.length).fill('succeeded'),
  );
  expect(await notMadeOnce(journey, [...ours, ...theirs])).toEqual([]);
  const told = await Promise.all(ours.map(() => receiver.next()));
  expect(told.map(({ body }) => JSON.parse(body).data.id).toSorted()).toEqual(ours.map(({ id }) => id).toSorted());

  const statuses = await Promise.all(Array.from({ length: 40 }, () => other.status('GET', '/v1/tenant')));
  expect(statuses).toContain(429);
});

test('on a Redis Cluster creations are followed, paused, gone on with, cancelled, moved and counted', async () => {
  const owner = callerOf(journey);
  await owner.call('POST', '/v1/tenant/pause');
  const [kept, dropped, moved] = await Promise.all(
    [1, 2, 3].map(() => journey.submit('tea-shop', { priority: 'low' })),
  );
  if (kept === undefined || dropped === undefined || moved === undefined) throw new Error('not submitted');
  await owner.call('PATCH', moved.links.self, { priority: 'urgent' });
  await owner.call('POST', `${dropped.links.self}/cancel`);
  const events: CreationEvent[] = [];
  const followed = (async () => {
    for await (const event of journey.events(kept)) events.push(event);
  })();
  await owner.call('POST', '/v1/tenant/resume');
  await followed;
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => (events[0]?.id ?? 0) + index));
  expect(events.at(-1)?.type).toBe('role_creation.succeeded');
  expect((await allEnded(journey, [kept, dropped, moved])).map(({ status }) => status).toSorted()).toEqual([
    'cancelled',
    'succeeded',
    'succeeded',
  ]);

  journey.model.always({ kind: 'answer', delayMs: 60_000 });
  const running = await journey.submit('tea-shop');
  await until(async () => (await owner.call<Creation>('GET', running.links.self)).status === 'running');
  expect(await owner.status('POST', `${running.links.self}/cancel`)).toBe(202);
  expect((await journey.ended(running)).status).toBe('cancelled');
  journey.model.always({ kind: 'answer' });

  const bulk = await owner.call<BulkOperation>('POST', '/v1/role-creations/bulk', {
    action: 'retry',
    filter: { status: 'cancelled' },
  });
  await until(async () => (await owner.call<BulkOperation>('GET', bulk.links.self ?? '')).state === 'finished');
  expect((await allEnded(journey, [running, dropped])).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
});

test('on a Redis Cluster a source that is changed is read anew at once', async () => {
  await journey.ended(await journey.submit('outdoor-gear'));
  await journey.call('PUT', '/v1/tasks/outdoor-gear/base-info', { name: 'Northern Trail', locale: 'en' });
  await journey.ended(await journey.submit('outdoor-gear'));
  expect(JSON.stringify(journey.model.requests.at(-1)?.body)).toContain('Northern Trail');
});

test('a master that dies under load: all go on being accepted, and every creation is made, once', async () => {
  journey.model.always({ kind: 'answer', delayMs: 100 });
  const findMaster = () => cluster.masterOf(`{${journey.queuePrefix}:role-creation}`);
  const { master, accepted, ended, figures } = await killMasterUnderLoad(journey, findMaster);
  expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(await notMadeOnce(journey, accepted)).toEqual([]);
  console.info(`Redis Cluster: ${figures}`);

  // What was killed comes back as a replica, and the streams have come along.
  await master.startAgain();
  const events: CreationEvent[] = [];
  for await (const event of journey.events(await journey.submit('tea-shop'))) events.push(event);
  expect(events.at(-1)?.type).toBe('role_creation.succeeded');
}, 90_000);

test('a master that hangs is left for its replica, by who asks at once and by who waits', async () => {
  // Of the queue's: workers wait for jobs at this master.
  const key = `{${journey.queuePrefix}:role-creation}:hanging`;
  const [asking, waiting] = [openRedis(cluster.url, 'request'), openRedis(cluster.url, 'worker')];
  try {
    await Promise.all([once(asking, 'ready'), waiting.set(key, '1')]);
    expect(await asking.get(key)).toBe('1');
    const master = await cluster.masterOf(key);
    await cluster.passedOn(master);
    master.freeze();
    const waited = waiting.incr(key);
    await expect(asking.get(key)).rejects.toThrow();
    await until(async () => (await asking.get(key).catch(() => null)) !== null);
    expect(await waited).toBe(2);
    master.thaw();
  } finally {
    await Promise.all([closeRedis(asking), closeRedis(waiting)]);
  }
});

test('a cluster that is gone as a whole and comes back: what was accepted meanwhile is made, once', async () => {
  await Promise.all(cluster.nodes.map(node => node.kill()));
  const creations = await Promise.all(readDemoTasks().map(({ taskId }) => journey.submit(taskId)));
  await Promise.all(cluster.nodes.map(node => node.startAgain()));
  const ended = await allEnded(journey, creations);
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'succeeded'));
  expect(await notMadeOnce(journey, creations)).toEqual([]);
}, 90_000);
