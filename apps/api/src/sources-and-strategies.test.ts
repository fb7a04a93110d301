import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
});
afterAll(() => api.stop());

describe('sources', () => {
  test.each([
    ['base-info', { name: '茶小满', locale: 'zh-CN', goals: ['帮客人选茶'] }],
    ['talk-style', { tone: '温和', emoji: false, sampleDialogues: [{ user: '你好', role: '来啦，坐' }] }],
    ['knowledge', { items: [{ id: 'k1', title: 'Storage', content: 'Dry, dark, cool.', weight: 2 }] }],
    ['products', { items: [{ id: 'p1', name: 'Tin', price: 12.5, currency: 'CNY', url: 'https://example.com/tin' }] }],
  ])('%s: what is put is what is read, until it is deleted', async (path, document) => {
    const address = `/v1/tasks/a-task/${path}`;
    expect((await client.send('GET', address)).status).toBe(404);
    const first = await client.send('PUT', address, document);
    expect([first.status, await first.json()]).toEqual([201, document]);
    const again = await client.send('PUT', address, document);
    expect(again.status).toBe(200);
    const read = await client.send('GET', address);
    expect(await read.json()).toEqual(document);
    expect(read.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await client.send('DELETE', address)).status).toBe(204);
    expect((await client.send('DELETE', address)).status).toBe(404);
    expect((await client.send('GET', address)).status).toBe(404);
  });

  test('items without an id are given one, the same for the same item', async () => {
    const item = { title: 'Storage', content: 'Dry, dark, cool.' };
    const put = async (items: object[]) =>
      (await (await client.send('PUT', '/v1/tasks/ids/knowledge', { items })).json()) as { items: { id: string }[] };
    const [first] = (await put([item])).items;
    const [, second] = (await put([{ title: 'Other', content: 'Words.' }, item])).items;
    expect(first?.id).toMatch(/^i_[0-9a-f]{12}$/);
    expect(second?.id).toBe(first?.id);
  });

  test('two items under one id are refused with a pointer to the second', async () => {
    const items = [
      { id: 'x', name: 'One' },
      { id: 'x', name: 'Two' },
    ];
    const problem = await problemOf(await client.send('PUT', '/v1/tasks/ids/products', { items }));
    expect(problem).toMatchObject({ status: 400, errors: [{ pointer: '/items/1/id' }] });
  });

  test('an item over its size is too large, with a pointer to it', async () => {
    const items = [{ title: 'One', content: 'x'.repeat(20_001) }];
    expect(await problemOf(await client.send('PUT', '/v1/tasks/big/knowledge', { items }))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      errors: [{ pointer: '/items/0/content' }],
    });
    const inline = { taskId: 'big', sources: { knowledge: { items } } };
    expect(await problemOf(await client.send('POST', '/v1/role-creations', inline))).toMatchObject({
      status: 413,
      errors: [{ pointer: '/sources/knowledge/items/0/content' }],
    });
    const batch = await client.send('POST', '/v1/role-creations/batch', { items: [inline] });
    expect(await batch.json()).toMatchObject({ items: [{ status: 413, problem: { code: 'payload_too_large' } }] });
  });

  test('what is malformed besides is refused as malformed, with all that is wrong', async () => {
    const items = [{ title: '', content: 'x'.repeat(20_001) }];
    const problem = await problemOf(await client.send('PUT', '/v1/tasks/big/knowledge', { items }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_body' });
    expect(problem.errors).toHaveLength(2);
  });

  test('a task name that cannot be is refused with a pointer to it', async () => {
    const response = await client.send('PUT', '/v1/tasks/a%20b/base-info', { name: 'A', locale: 'en' });
    expect(await problemOf(response)).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ pointer: '/path/taskId' }],
    });
  });
});

describe('strategies', () => {
  test('those of the system are there, and every change of one’s own has a version', async () => {
    const system = await (await client.send('GET', '/v1/strategies/default')).json();
    expect(system).toMatchObject({
      id: 'default',
      scope: 'system',
      version: 1,
      sources: { baseInfo: 'required', knowledge: 'optional' },
    });
    const first = await client.send('PUT', '/v1/strategies/tea-sales', { instructions: 'Sell.' });
    expect([first.status, await first.json()]).toMatchObject([
      201,
      { id: 'tea-sales', scope: 'tenant', version: 1, instructions: 'Sell.' },
    ]);
    const second = await client.send('PUT', '/v1/strategies/tea-sales', {
      temperature: 0.2,
      sources: { products: 'required' },
    });
    expect([second.status, await second.json()]).toMatchObject([
      200,
      { version: 2, sources: { products: 'required', talkStyle: 'optional' } },
    ]);
    const { items } = (await (await client.send('GET', '/v1/strategies')).json()) as {
      items: { id: string; version: number }[];
    };
    expect(items.map(({ id, version }) => [id, version])).toEqual([
      ['concise', 1],
      ['default', 1],
      ['sales', 1],
      ['tea-sales', 2],
    ]);
  });

  test('one’s own goes before the system’s of the same name', async () => {
    const own = await api.newClient();
    await own.send('PUT', '/v1/strategies/default', { instructions: 'My way.' });
    expect(await (await own.send('GET', '/v1/strategies/default')).json()).toMatchObject({
      scope: 'tenant',
      version: 2,
    });
  });

  test('every version is kept, and listed newest first in pages', async () => {
    const own = await api.newClient();
    const address = '/v1/strategies/brief';
    expect((await own.send('GET', `${address}/versions`)).status).toBe(404);
    for (const description of ['One', 'Two', 'Three']) await own.send('PUT', address, { description });
    const page = async (query: string) =>
      (await (await own.send('GET', `${address}/versions${query}`)).json()) as {
        items: { version: number; description: string; links: { self: string } }[];
        nextCursor: string | null;
      };
    const first = await page('?limit=2');
    expect(first.items).toMatchObject([
      { version: 3, scope: 'tenant', description: 'Three', links: { self: `${address}/versions/3` } },
      { version: 2, description: 'Two' },
    ]);
    const rest = await page(`?limit=2&cursor=${first.nextCursor}`);
    expect([rest.items.map(({ version }) => version), rest.nextCursor]).toEqual([[1], null]);
    const read = await own.send('GET', `${address}/versions/2`);
    expect(await read.json()).toMatchObject({ id: 'brief', version: 2, description: 'Two' });
    for (const version of ['4', '0', 'x'])
      expect([400, 404]).toContain((await own.send('GET', `${address}/versions/${version}`)).status);
    expect((await client.send('GET', `${address}/versions/2`)).status).toBe(404);
  });

  test('the system’s has the one version that comes with RoleForge', async () => {
    const response = await client.send('GET', '/v1/strategies/sales/versions');
    expect(await response.json()).toMatchObject({ items: [{ version: 1, scope: 'system', createdAt: null }] });
    expect((await client.send('GET', '/v1/strategies/sales/versions/1')).status).toBe(200);
  });
});
