import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type BulkOperation, type Creation, JOBS } from '@roleforge/contracts';
import { newCreationId } from '@roleforge/domain';
import { connectTestRedis, startWebhookReceiver, type WebhookReceiver } from '@roleforge/testkit';
import type { ServiceProcess } from '../../apps/launcher/src/service-process.ts';
import { beginJourney, callerOf, type Journey, until, versionsOf } from './journey.fixture.ts';

/*
 * What an upgrade and a rollback bring: processes of this release beside those of an older and of a newer one, on the same servers. The
 * others are played by what they would have left there.
 */

let journey: Journey;
let redis: Awaited<ReturnType<typeof connectTestRedis>>;
let receiver: WebhookReceiver;
let worker: ServiceProcess | undefined;
beforeAll(async () => {
  [journey, redis, receiver] = await Promise.all([beginJourney(), connectTestRedis(), startWebhookReceiver()]);
});
afterEach(() => worker?.stop(10_000));
afterAll(async () => {
  await journey.close();
  redis.disconnect();
  await receiver.close();
});

type Job = (typeof JOBS)[keyof typeof JOBS];

const keyOf = ({ queue }: Job, name: string) => `{${journey.queuePrefix}:${queue}}:${queue}:${name}`;

/** Has a waiting job be as another release would have written it. */
async function rewrite(job: Job, id: string, changes: object): Promise<void> {
  const key = keyOf(job, id);
  await until(async () => (await redis.hexists(key, 'data')) === 1);
  const data = { ...JSON.parse((await redis.hget(key, 'data')) ?? '{}'), ...changes };
  await redis.hset(key, 'data', JSON.stringify(data));
}

describe('a job of a newer release, with a payload that this one cannot read', () => {
  test('is put back by the ledger: the creation is made, once', async () => {
    const [newer, ours] = [await journey.submit('tea-shop'), await journey.submit('language-coach')];
    await rewrite(JOBS.createRole, newer.id, { version: 99, region: 'eu' });
    worker = await journey.startWorker();
    const ended = await Promise.all([journey.ended(newer), journey.ended(ours)]);
    expect(ended.map(({ status, attempts }) => [status, attempts])).toEqual([
      ['succeeded', 1],
      ['succeeded', 1],
    ]);
    expect(await versionsOf(journey.database, ended)).toEqual([1, 1]);
    expect(journey.logOf('worker-1')).toContainEqual(
      expect.objectContaining({ message: 'job with an unreadable payload', jobId: newer.id }),
    );
  });

  test('that carries out a bulk call, too', async () => {
    const creations = [await journey.submit('tea-shop'), await journey.submit('tea-shop')];
    const caller = callerOf(journey);
    const bulk = await caller.call<BulkOperation>('POST', '/v1/role-creations/bulk', {
      action: 'cancel',
      filter: { taskId: 'tea-shop' },
    });
    await rewrite(JOBS.runBulk, bulk.id ?? '', { version: 99 });
    worker = await journey.startWorker({ WORKER_CONCURRENCY: '1' });
    const now = () => caller.call<BulkOperation>('GET', `/v1/role-creations/bulk/${bulk.id}`);
    await until(async () => (await now()).state === 'finished');
    const ended = await Promise.all(creations.map(creation => journey.ended(creation)));
    // Whichever went first: each has one end.
    for (const { status } of ended) expect(['cancelled', 'succeeded']).toContain(status);
  });
});

test('webhooks of an older and of a newer release are sent, each under its id', async () => {
  receiver.answerWith([500]);
  const webhook = { url: receiver.url, events: ['role_creation.succeeded'] };
  worker = await journey.startWorker();
  for (const taskId of ['tea-shop', 'language-coach']) await journey.ended(await journey.submit(taskId, { webhook }));
  const refused = [await receiver.next(), await receiver.next()].map(({ id }) => id);
  await until(async () => (await redis.zcard(keyOf(JOBS.deliverWebhook, 'delayed'))) === 2);
  await worker.stop(10_000);
  const [older = '', newer = ''] = refused;
  const key = keyOf(JOBS.deliverWebhook, older);
  const { receiver: _, ...data } = JSON.parse((await redis.hget(key, 'data')) ?? '{}');
  await redis.hset(key, 'data', JSON.stringify({ ...data, version: 1 }));
  await rewrite(JOBS.deliverWebhook, newer, { version: 99 });

  receiver.answerWith([204]);
  const before = receiver.received.length;
  worker = await journey.startWorker();
  await until(() => receiver.received.length === before + 2);
  const sent = receiver.received.slice(before).map(({ id }) => id);
  expect(sent.toSorted()).toEqual(refused.toSorted());
}, 60_000);

test('a creation that the first release has written, with its columns alone, is made', async () => {
  const { body: ours } = await read(await journey.submit('tea-shop', { runAt: '2035-01-01T00:00:00Z' }));
  const [row] = await journey.database.knex('role_creations').where({ id: ours.id });
  const id = newCreationId(Date.now() - 60_000);
  await journey.database.knex('role_creations').insert({
    tenant_id: row.tenant_id,
    id,
    task_id: 'tea-shop',
    strategy_id: 'default',
    role_id: ours.roleId,
    request_id: 'req-of-before',
    priority: 'normal',
    status: 'queued',
    created_at: new Date(Date.now() - 60_000),
  });
  worker = await journey.startWorker();
  const ended = await journey.ended({ ...ours, links: { ...ours.links, events: `/v1/role-creations/${id}/events` } });
  expect(ended).toMatchObject({ id, status: 'succeeded', attempts: 1 });
  expect(await versionsOf(journey.database, [ended])).toEqual([1]);
});

test('workers that say no more of themselves than that they are there count as workers', async () => {
  const held = await journey.submit('tea-shop');
  const [seconds] = await redis.time();
  await redis.zadd(
    `{${journey.queuePrefix}:role-creation}:workers`,
    Number(seconds) * 1_000 + 999,
    'a-worker-of-before',
  );
  const { body } = await read(held);
  expect(body.queue?.position).toBe(1);
  const explained = await callerOf(journey).call<{ reasons: { code: string }[] }>('GET', body.links.explain);
  expect(explained.reasons.map(({ code }) => code)).toEqual(['waiting_turn']);
});

async function read(creation: Creation): Promise<{ body: Creation }> {
  const response = await journey.call('GET', creation.links.self);
  return { body: (await response.json()) as Creation };
}
