import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKey, IssuedApiKey, TenantId } from '@roleforge/contracts';
import { startStopwatch } from '@roleforge/testkit';
import { startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

/** So soon a key that was ended is refused by every process, and what it holds open is closed. */
const WITHIN_MS = 2_000;

let apis: [TestApi, TestApi];
let owner: TestClient;
beforeAll(async () => {
  const QUEUE_PREFIX = `test-ended-keys-${process.pid}`;
  apis = [await startTestApi({ QUEUE_PREFIX }), await startTestApi({ QUEUE_PREFIX })];
  owner = await apis[0].newClient();
});
afterAll(() => Promise.all(apis.map(api => api.stop())));

async function newKey(): Promise<IssuedApiKey> {
  return (await (await owner.send('POST', '/v1/api-keys', {})).json()) as IssuedApiKey;
}

/** How many milliseconds an api goes on taking a key, from now on, while this process is awake. */
async function takenFor(client: TestClient, refusal: number): Promise<number> {
  const watch = startStopwatch();
  for (;;) {
    const { status } = await client.send('GET', '/v1/tenant');
    if (status === refusal) return watch.stop();
    expect(status).toBe(200);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Opens a stream, and says when it is over. */
async function openStream(client: TestClient, path: string): Promise<{ text: Promise<string> }> {
  const response = await client.send('GET', path, undefined, { accept: 'text/event-stream' });
  expect(response.status).toBe(200);
  return { text: response.text() };
}

describe('a revoked key', () => {
  test('is refused within two seconds by every process, although they had just believed it', async () => {
    const { id, apiKey } = await newKey();
    const clients = apis.map(api => api.clientOf(apiKey));
    for (const client of clients) expect((await client.send('GET', '/v1/tenant')).status).toBe(200);
    const ended = (await (await owner.send('DELETE', `/v1/api-keys/${id}`)).json()) as ApiKey;
    expect(ended.status).toBe('revoked');
    for (const ms of await Promise.all(clients.map(client => takenFor(client, 401))))
      expect(ms).toBeLessThan(WITHIN_MS);
  });

  test('loses its event streams within two seconds in every process; those of other keys stay', async () => {
    const creation = await owner.submit({ taskId: 'followed' });
    const [ending, staying] = [await newKey(), await newKey()];
    const open = await Promise.all(apis.map(api => openStream(api.clientOf(ending.apiKey), creation.links.events)));
    let stayed = true;
    const left = await openStream(apis[1].clientOf(staying.apiKey), creation.links.events);
    left.text.then(
      () => {
        stayed = false;
      },
      () => {},
    );
    const watch = startStopwatch();
    await owner.send('DELETE', `/v1/api-keys/${ending.id}`);
    for (const text of await Promise.all(open.map(stream => stream.text))) expect(text).toMatch(/retry: ?2000\n+$/);
    expect(watch.read()).toBeLessThan(WITHIN_MS);
    expect(stayed).toBe(true);
    // The time after which the stream asked its client to come back begins when it ended: none comes back too early.
    await Promise.all(apis.map(api => takenFor(api.clientOf(ending.apiKey), 401)));
    expect(watch.stop()).toBeLessThan(WITHIN_MS);
    await owner.send('POST', creation.links.cancel ?? '');
    await left.text;
  });
});

test('who waits with a key that is revoked is told no more than that the creation was accepted', async () => {
  const { id, apiKey } = await newKey();
  const wait = apis[1]
    .clientOf(apiKey)
    .send('POST', '/v1/role-creations', { taskId: 'awaited' }, { prefer: 'wait=15' });
  for (let committed = 0; committed === 0; ) {
    const page = await owner.send('GET', '/v1/role-creations?taskId=awaited');
    committed = ((await page.json()) as { items: unknown[] }).items.length;
  }
  const watch = startStopwatch();
  await owner.send('DELETE', `/v1/api-keys/${id}`);
  expect((await wait).status).toBe(202);
  expect(watch.stop()).toBeLessThan(WITHIN_MS);
});

test('a suspended tenant loses its event streams, and is told why within two seconds', async () => {
  const client = await apis[0].newClient();
  const creation = await client.submit({ taskId: 'suspended' });
  const { id } = (await (await client.send('GET', '/v1/tenant')).json()) as { id: TenantId };
  const stream = await openStream(client, creation.links.events);
  const watch = startStopwatch();
  await apis[0].database.knex('tenants').where({ id }).update({ status: 'suspended' });
  await Promise.all([stream.text, takenFor(apis[1].clientOf(client.apiKey), 403)]);
  expect(watch.stop()).toBeLessThan(WITHIN_MS);
});
