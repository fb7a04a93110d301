import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let sibling: TestApi;
let client: TestClient;
/** The same tenant at another process. */
let elsewhere: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  sibling = await startTestApi({ QUEUE_PREFIX: api.queuePrefix });
  client = await api.newClient();
  elsewhere = sibling.clientOf(client.apiKey);
});
afterAll(async () => {
  await sibling.stop();
  await api.stop();
});

const SUBMIT = '/v1/role-creations';
const BATCH = '/v1/role-creations/batch';
let made = 0;
const newKey = () => `key-${++made}`;
const send = (key: string, body: unknown, from = client, path = SUBMIT) =>
  from.send('POST', path, body, { 'idempotency-key': key });
const listed = async (taskId: string, from = client): Promise<string[]> => {
  const page = await from.send('GET', `${SUBMIT}?limit=100&taskId=${taskId}`);
  return ((await page.json()) as { items: Creation[] }).items.map(({ id }) => id);
};

describe('a submission with an Idempotency-Key', () => {
  test('sent again gets the first answer: status, address and body to the letter, and a word that it is a repetition', async () => {
    const key = newKey();
    const body = { taskId: 'again', metadata: { b: '“é”\ud83c\udf75', a: '\\"' }, priority: 'high' };
    const first = await send(key, body);
    const answer = await first.text();
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null]);
    for (const from of [client, elsewhere]) {
      const second = await send(
        `"${key}"`,
        `{ "priority": "high", "metadata": ${JSON.stringify(body.metadata)},\n"taskId":"again"}`,
        from,
      );
      expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
      expect(second.headers.get('location')).toBe(first.headers.get('location'));
      expect(await second.text()).toBe(answer);
    }
    expect(await listed('again')).toEqual([JSON.parse(answer).id]);
  });

  test('sent a hundred times at once to two processes makes one creation, and one answer', async () => {
    const key = newKey();
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, n) => send(key, { taskId: 'hundred' }, n % 2 === 0 ? client : elsewhere)),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    expect(responses.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(99);
    const bodies = new Set(await Promise.all(responses.map(response => response.text())));
    expect(bodies.size).toBe(1);
    expect(await listed('hundred')).toEqual([JSON.parse([...bodies][0] ?? '').id]);
  });

  test('whose client went away before the answer is there when it asks again, at another process', async () => {
    const key = newKey();
    const gone = new AbortController();
    const unheard = fetch(api.url + SUBMIT, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.apiKey}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: '{"taskId":"unheard"}',
      signal: gone.signal,
    }).then(response => response.headers.get('location'));
    let ids: string[] = [];
    while (ids.length === 0) ids = await listed('unheard');
    gone.abort();
    await unheard.catch(() => {});
    const answer = await send(key, { taskId: 'unheard' }, elsewhere);
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
    expect([((await answer.json()) as Creation).id]).toEqual(ids);
    expect(await listed('unheard')).toEqual(ids);
  });

  test('with another body gets 422, and the first stays', async () => {
    const key = newKey();
    const first = (await (await send(key, { taskId: 'first' })).json()) as Creation;
    const reused = await send(key, { taskId: 'other' }, elsewhere);
    expect(reused.status).toBe(422);
    expect(await problemOf(reused)).toMatchObject({
      code: 'idempotency_key_reused',
      errors: [{ pointer: '/headers/idempotency-key' }],
    });
    expect(await listed('other')).toEqual([]);
    expect(((await (await send(key, { taskId: 'first' })).json()) as Creation).id).toBe(first.id);
  });

  test('is another in another tenant and at another call', async () => {
    const key = newKey();
    const stranger = await api.newClient();
    const answers = [
      await send(key, { taskId: 'mine' }),
      await send(key, { taskId: 'theirs' }, stranger),
      await send(key, { items: [{ taskId: 'mine' }] }, client, BATCH),
    ];
    expect(answers.map(({ status, headers }) => [status, headers.get('idempotency-replayed')])).toEqual([
      [202, null],
      [202, null],
      [202, null],
    ]);
    expect(await listed('mine')).toHaveLength(2);
    expect(await listed('theirs', stranger)).toHaveLength(1);
  });

  test('that was refused is judged anew under the same key', async () => {
    const key = newKey();
    expect((await send(key, { taskId: 'a b' })).status).toBe(400);
    expect((await send(key, { taskId: 'later', strategyId: 'calm' })).status).toBe(422);
    await client.send('PUT', '/v1/strategies/calm', { instructions: 'Be calm.' });
    const accepted = await send(key, { taskId: 'later', strategyId: 'calm' });
    expect([accepted.status, accepted.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });

  test.each(['', 'a b', '"a', 'k'.repeat(256)])('whose key is %p gets 400 with a pointer to the header', async key => {
    const response = await send(key, { taskId: 'malformed' });
    expect([response.status, await problemOf(response)]).toMatchObject([
      400,
      { code: 'invalid_request', errors: [{ pointer: '/headers/idempotency-key' }] },
    ]);
    expect(await listed('malformed')).toEqual([]);
  });
});

describe('a batch with an Idempotency-Key', () => {
  test('sent again gets the first answer whole, with its problems, and commits nothing more', async () => {
    const key = newKey();
    const body = { items: [{ taskId: 'batched' }, { taskId: 'a b' }, { taskId: 'batched', strategyId: 'none' }] };
    const first = await send(key, body, client, BATCH);
    const second = await send(key, body, elsewhere, BATCH);
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(await second.text()).toBe(await first.text());
    expect(await listed('batched')).toHaveLength(1);
    const other = await send(key, { items: [{ taskId: 'batched' }] }, client, BATCH);
    expect((await problemOf(other)).code).toBe('idempotency_key_reused');
  });

  test('in which nothing was right is remembered, too', async () => {
    const key = newKey();
    const body = { items: [{ taskId: 'x', strategyId: 'not-yet' }] };
    const first = await (await send(key, body, client, BATCH)).json();
    expect(first).toMatchObject({ accepted: 0, refused: 1 });
    await client.send('PUT', '/v1/strategies/not-yet', { instructions: 'Now.' });
    expect(await (await send(key, body, client, BATCH)).json()).toEqual(first);
  });
});
