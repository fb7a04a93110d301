import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BatchResult, type Creation } from '@roleforge/contracts';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
});
afterAll(() => api.stop());

const BATCH = '/v1/role-creations/batch';
const send = (items: unknown, more: object = {}) => client.send('POST', BATCH, { items, ...more });
async function results(items: unknown[]): Promise<BatchResult> {
  const response = await send(items);
  expect(response.status).toBe(202);
  return BatchResult.parse(await response.json());
}

describe('a batch', () => {
  test('of a thousand is accepted whole, its ids in the order of its items, and each of them can be read', async () => {
    const own = await api.newClient();
    const items = Array.from({ length: 1_000 }, (_, n) => ({ taskId: `t-${n}`, metadata: { n: String(n) } }));
    const answer = BatchResult.parse(await (await own.send('POST', BATCH, { items })).json());
    expect(answer).toMatchObject({ accepted: 1_000, refused: 0 });
    const creations = answer.items.map(item => (item.status === 202 ? item.creation : null));
    expect(creations.map(creation => creation?.taskId)).toEqual(items.map(({ taskId }) => taskId));
    const ids = creations.map(creation => String(creation?.id));
    expect(ids).toEqual(ids.toSorted());
    const readLast = async () => (await (await own.send('GET', creations.at(-1)?.links.self ?? '')).json()) as Creation;
    // What is committed is put on the queue behind the answer.
    await eventually(async () => (await readLast()).queue?.position === 1_000, 5_000);
    expect(await readLast()).toEqual({ ...creations.at(-1), queue: { position: 1_000, estimatedStartAt: null } });
  });

  test('in which some items are bad: those alone fail, each with its problem in its place', async () => {
    const answer = await results([
      { taskId: 'good', priority: 'urgent' },
      { taskId: 'a b', priority: 'asap' },
      { taskId: 'good', strategyId: 'unheard-of' },
      null,
      { taskId: 'good', color: 'red', sources: { baseInfo: { name: 'A', locale: 'en', mood: 1 } } },
      { taskId: 'good' },
    ]);
    expect(answer).toMatchObject({ accepted: 2, refused: 4 });
    expect(answer.items.map(({ index, status }) => [index, status])).toEqual([
      [0, 202],
      [1, 400],
      [2, 422],
      [3, 400],
      [4, 400],
      [5, 202],
    ]);
    const problems = answer.items.map(item => (item.status === 202 ? null : item.problem));
    expect(problems.map(problem => problem?.errors?.map(({ pointer }) => pointer) ?? null)).toEqual([
      null,
      ['/items/1/taskId', '/items/1/priority'],
      ['/items/2/strategyId'],
      ['/items/3'],
      ['/items/4/sources/baseInfo/mood', '/items/4/color'],
      null,
    ]);
    expect(problems[2]).toMatchObject({ code: 'unknown_strategy', status: 422, instance: BATCH });
    const { items } = (await (await client.send('GET', '/v1/role-creations?taskId=good')).json()) as {
      items: object[];
    };
    expect(items).toHaveLength(2);
  });

  test('in which no item is right is answered as any other: 202, and nothing accepted', async () => {
    const answer = await results([{}, { taskId: '' }]);
    expect(answer).toMatchObject({ accepted: 0, refused: 2, items: [{ status: 400 }, { status: 400 }] });
  });

  test('may name a thousand strategies', async () => {
    await client.send('PUT', '/v1/strategies/own-500', { instructions: 'Be brief.' });
    const answer = await results(Array.from({ length: 1_000 }, (_, n) => ({ taskId: 'a', strategyId: `own-${n}` })));
    expect(answer).toMatchObject({ accepted: 1, refused: 999 });
    expect(answer.items[500]).toMatchObject({ status: 202, creation: { strategyId: 'own-500' } });
  });

  test('whose items are nothing but unknown fields gets an answer of bounded size', async () => {
    const item = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}`, 1]));
    const answer = await results(Array.from({ length: 1_000 }, () => item));
    const [first] = answer.items;
    expect(first?.status === 400 && first.problem.errors?.length).toBe(11);
  });

  test('nested deeper than the stack is refused item by item, with a key and without', async () => {
    const body = `{"items":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`;
    for (const headers of [{}, { 'idempotency-key': 'deep' }]) {
      const response = await client.send('POST', BATCH, body, headers as Record<string, string>);
      expect([response.status, await response.json()]).toMatchObject([202, { accepted: 0, refused: 1 }]);
    }
  });

  test.each([
    ['no items', { items: [] }, ['/items']],
    ['a thousand and one', { items: Array.from({ length: 1_001 }, () => ({ taskId: 'a' })) }, ['/items']],
    ['an unknown field', { items: [{ taskId: 'a' }], atomic: true }, ['/atomic']],
    ['a list', [{ taskId: 'a' }], ['']],
  ])('of the wrong shape (%s) is refused as a whole', async (_, body, pointers) => {
    const response = await client.send('POST', BATCH, body);
    expect(response.status).toBe(400);
    expect((await problemOf(response)).errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('over 1 MiB gets 413', async () => {
    expect((await send([{ taskId: 'x'.repeat(1_048_577) }])).status).toBe(413);
  });
});
