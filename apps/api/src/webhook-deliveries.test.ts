import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JOBS, type WebhookDelivery, type WebhookEndpointWithSecret } from '@roleforge/contracts';
import { rowsOf } from '@roleforge/db';
import { testServers } from '@roleforge/testkit';
import { Queue } from 'bullmq';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { aDelivery, anEndpoint, HOOKS, rowOf, tenantOf } from './webhooks.fixture.ts';

let api: TestApi;
let client: TestClient;
let endpoint: WebhookEndpointWithSecret;
let queue: Queue;
beforeAll(async () => {
  api = await startTestApi();
  const { queue: name } = JOBS.deliverWebhook;
  const connection = { url: testServers().redisUrl };
  queue = new Queue(name, { connection, prefix: `{${api.queuePrefix}:${name}}` });
  // What is put on the queue before there is a connection is left to the reconciler, of which there is none here.
  while (!(await fetch(`${api.url}/readyz`)).ok);
});
beforeEach(async () => {
  client = await api.newClient();
  endpoint = await anEndpoint(client);
});
afterAll(async () => {
  await queue.close();
  await api.stop();
});

const path = () => `/v1/webhook-endpoints/${endpoint.id}`;
const put = (given: Omit<Parameters<typeof aDelivery>[2], 'endpointId'>) =>
  aDelivery(api.database, client, { endpointId: endpoint.id, ...given });
type Page = { items: WebhookDelivery[]; nextCursor: string | null };
const pageAt = async (address: string) => (await (await client.send('GET', address)).json()) as Page;

/** The queue is told behind the answer: looks until it has been, for as long as a test may take. */
async function isQueued(id: string): Promise<boolean> {
  for (const until = Date.now() + 15_000; Date.now() < until; ) if ((await queue.getJob(id)) !== undefined) return true;
  return false;
}

describe('the list of deliveries', () => {
  test('shows each with its attempts, newest first, a page at a time', async () => {
    const ids = [];
    for (const answers of [[500, 200], [], [503], [200], [410, 500, 500]]) ids.push(await put({ answers }));
    const newestFirst = ids.toReversed();
    const first = await pageAt(`${path()}/deliveries?limit=2`);
    const second = await pageAt(`${path()}/deliveries?limit=2&cursor=${first.nextCursor}`);
    const third = await pageAt(`${path()}/deliveries?limit=2&cursor=${second.nextCursor}`);
    expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(newestFirst);
    expect(third.nextCursor).toBeNull();
    expect(first.items[0]).toMatchObject({
      object: 'webhook_delivery',
      endpointId: endpoint.id,
      creationId: null,
      url: HOOKS,
      type: 'role_creation.succeeded',
      status: 'failed',
      attempts: [
        { number: 1, statusCode: 410, outcome: 'refused', ms: 12, detail: null },
        { number: 2, statusCode: 500 },
        { number: 3, statusCode: 500 },
      ],
    });
    expect(third.items[0]?.attempts.map(({ statusCode }) => statusCode)).toEqual([500, 200]);
    const one = await client.send('GET', `${path()}/deliveries/${newestFirst[0]}`);
    expect([one.status, await one.json()]).toEqual([200, first.items[0]]);
    expect(await problemOf(await client.send('GET', `${path()}/deliveries?cursor=eA`))).toMatchObject({ status: 400 });
  });

  test('is narrowed down to a status, and knows nothing of other endpoints', async () => {
    const failed = await put({ status: 'failed' });
    await put({ status: 'delivered' });
    const other = await anEndpoint(client);
    await aDelivery(api.database, client, { endpointId: other.id });
    expect((await pageAt(`${path()}/deliveries?status=failed`)).items.map(({ id }) => id)).toEqual([failed]);
    expect((await pageAt(`${path()}/deliveries?status=pending`)).items).toEqual([]);
    const elsewhere = `/v1/webhook-endpoints/${other.id}/deliveries/${failed}`;
    expect((await client.send('GET', elsewhere)).status).toBe(404);
    expect((await client.send('POST', `${elsewhere}/redeliver`)).status).toBe(404);
  });
});

describe('sending again', () => {
  test('begins the schedule anew under the same id, keeps the attempts, and goes where the endpoint is now', async () => {
    const id = await put({ answers: [500, 500, 500] });
    const url = 'https://moved.example.com/hooks';
    await client.send('PATCH', path(), { url });
    const answer = await client.send('POST', `${path()}/deliveries/${id}/redeliver`);
    expect(answer.status).toBe(202);
    const delivery = (await answer.json()) as WebhookDelivery;
    expect(delivery).toMatchObject({ id, status: 'pending', url, finishedAt: null });
    expect(delivery.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(await rowOf(api.database, client, id)).toMatchObject({
      attempts: 3,
      attempts_before: 3,
      attempt_epoch: 4,
      next_attempt_at: new Date(delivery.nextAttemptAt ?? ''),
    });
    expect(await isQueued(id)).toBe(true);
  });

  test('one that waits for its next attempt gets it at once', async () => {
    const id = await put({ status: 'pending', answers: [500] });
    const asked = Date.now();
    await client.send('POST', `${path()}/deliveries/${id}/redeliver`, {});
    const { next_attempt_at: at } = (await rowOf(api.database, client, id)) ?? {};
    expect(at.getTime()).toBeLessThan(asked + 60_000);
    expect(await isQueued(id)).toBe(true);
  });

  test('all since a time: those of one status, made then or later', async () => {
    const since = new Date('2031-03-03T12:00:00.000Z');
    const at = (ms: number) => new Date(since.getTime() + ms);
    const before = await put({ at: at(-1) });
    const failed = [await put({ at: at(0) }), await put({ at: at(5_000) })];
    const delivered = await put({ at: at(6_000), status: 'delivered' });
    const all = await client.send('POST', `${path()}/redeliver`, { since });
    expect([all.status, await all.json()]).toEqual([202, { matched: 2, nextCursor: null }]);
    const statusOf = async (id: string) => (await rowOf(api.database, client, id as never))?.status;
    expect(await Promise.all([before, ...failed, delivered].map(statusOf))).toEqual([
      'failed',
      'pending',
      'pending',
      'delivered',
    ]);
    for (const id of failed) expect(await isQueued(id)).toBe(true);
    const body = { since, status: 'delivered' };
    expect(await (await client.send('POST', `${path()}/redeliver`, body)).json()).toMatchObject({ matched: 1 });
    expect(await statusOf(delivered)).toBe('pending');
    const bad = await client.send('POST', `${path()}/redeliver`, { since, cursor: 'eA' });
    expect(await problemOf(bad)).toMatchObject({ code: 'invalid_body', errors: [{ pointer: '/cursor' }] });
  });

  test('more than a call takes are sent by the next one', async () => {
    const tenantId = await tenantOf(api.database, client);
    const model = await put({});
    const row = await rowOf(api.database, client, model);
    const many = Array.from({ length: 5_100 }, (_, n) => ({
      ...row,
      id: `msg_7zzzzzzzzz${String(n).padStart(16, '0')}`,
    }));
    await api.database.knex.batchInsert('webhook_deliveries', many, 1_000);
    const since = '2020-01-01T00:00:00Z';
    const call = async (body: object) =>
      (await (await client.send('POST', `${path()}/redeliver`, { since, ...body })).json()) as {
        matched: number;
        nextCursor: string | null;
      };
    const { matched, nextCursor } = await call({});
    expect([matched, nextCursor]).toEqual([5_000, expect.any(String)]);
    expect(await call({ cursor: nextCursor })).toEqual({ matched: 101, nextCursor: null });
    const rest = rowsOf(api.database.knex, tenantId, 'webhook_deliveries').where({ status: 'failed' });
    expect(await rest.count({ count: '*' }).first()).toEqual({ count: 0 });
  });

  test('nothing is sent to an endpoint that is disabled', async () => {
    const id = await put({});
    await client.send('PATCH', path(), { enabled: false });
    for (const [address, body] of [
      [`${path()}/deliveries/${id}/redeliver`, undefined],
      [`${path()}/redeliver`, { since: '2020-01-01T00:00:00Z' }],
      [`${path()}/test`, undefined],
    ] as const)
      expect(await problemOf(await client.send('POST', address, body))).toMatchObject({
        status: 409,
        code: 'conflict',
      });
    expect(await rowOf(api.database, client, id)).toMatchObject({ status: 'failed' });
  });
});

test('a test is a delivery of its own, whatever events the endpoint names', async () => {
  await client.send('PATCH', path(), { events: ['role_creation.expired'] });
  const answer = await client.send('POST', `${path()}/test`);
  expect(answer.status).toBe(202);
  const delivery = (await answer.json()) as WebhookDelivery;
  expect(delivery).toMatchObject({ type: 'webhook.test', status: 'pending', endpointId: endpoint.id, attempts: [] });
  const row = await rowOf(api.database, client, delivery.id);
  expect(JSON.parse(row?.body)).toEqual({
    type: 'webhook.test',
    timestamp: delivery.createdAt,
    data: { endpointId: endpoint.id },
  });
  expect(await isQueued(delivery.id)).toBe(true);
  expect((await pageAt(`${path()}/deliveries`)).items).toEqual([delivery]);
});

describe('the webhook of a creation', () => {
  test('is listed below it, beside what went to endpoints, and sent again', async () => {
    const creation = await client.submit({ taskId: 'a', webhook: { url: HOOKS } });
    const creationId = creation.id;
    const own = await aDelivery(api.database, client, { creationId, answers: [500] });
    const toEndpoint = await put({ creationId, status: 'delivered', answers: [204] });
    const list = await pageAt(creation.links.deliveries ?? '');
    expect(list.items.map(({ id, endpointId }) => [id, endpointId])).toEqual([
      [toEndpoint, endpoint.id],
      [own, null],
    ]);
    const answer = await client.send('POST', `${creation.links.deliveries}/${own}/redeliver`);
    expect([answer.status, await answer.json()]).toEqual([
      202,
      expect.objectContaining({ id: own, status: 'pending' }),
    ]);
    expect(await isQueued(own)).toBe(true);

    const stranger = await api.newClient();
    const theirs = await stranger.submit({ taskId: 'a' });
    for (const [method, address] of [
      ['GET', creation.links.deliveries ?? ''],
      ['POST', `${creation.links.deliveries}/${own}/redeliver`],
      ['POST', `${theirs.links.deliveries}/${own}/redeliver`],
    ] as const)
      expect([address, (await stranger.send(method, address)).status]).toEqual([address, 404]);
  });

  test('is refused at submission where nothing may be sent; in a batch its item fails alone', async () => {
    const bad = { taskId: 'a', webhook: { url: 'http://localhost:9000/hooks' } };
    expect(await problemOf(await client.send('POST', '/v1/role-creations', bad))).toMatchObject({
      status: 422,
      code: 'address_not_allowed',
      errors: [{ pointer: '/webhook/url' }],
    });
    const batch = await client.send('POST', '/v1/role-creations/batch', { items: [{ taskId: 'b' }, bad] });
    expect(await batch.json()).toMatchObject({
      accepted: 1,
      refused: 1,
      items: [
        { index: 0, status: 202 },
        {
          index: 1,
          status: 422,
          problem: { code: 'address_not_allowed', errors: [{ pointer: '/items/1/webhook/url' }] },
        },
      ],
    });
  });
});
