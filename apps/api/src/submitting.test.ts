import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Creation } from '@roleforge/contracts';
import { findCreation } from '@roleforge/db';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
});
afterAll(() => api.stop());

const submit = (body: unknown, headers?: Record<string, string>) =>
  client.send('POST', '/v1/role-creations', body, headers);

describe('submitting a role creation', () => {
  test('answers 202 with its address and the creation as the contract shows it', async () => {
    const response = await submit({ taskId: 'tea-shop', metadata: { orderNo: 'A-17' } });
    expect(response.status).toBe(202);
    const creation = (await response.json()) as Creation;
    expect(Creation.strict().safeParse(creation).error).toBeUndefined();
    expect(response.headers.get('location')).toBe(`/v1/role-creations/${creation.id}`);
    expect(creation).toMatchObject({
      object: 'role_creation',
      status: 'queued',
      step: null,
      taskId: 'tea-shop',
      strategyId: 'default',
      priority: 'normal',
      roleVersion: null,
      attempts: 0,
      queue: null,
      degraded: [],
      error: null,
      metadata: { orderNo: 'A-17' },
      usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 },
    });
  });

  test('what was answered is in the ledger, and its address shows it with its place in the queue', async () => {
    const first = await client.submit({ taskId: 'queue-a', priority: 'low' });
    const second = await client.submit({ taskId: 'queue-b', priority: 'urgent' });
    const read = async ({ id }: Creation) =>
      (await (await client.send('GET', `/v1/role-creations/${id}`)).json()) as Creation;
    // What is committed is put on the queue behind the answer.
    await eventually(async () => (await read(second)).queue?.position === 1, 5_000);
    expect(await read(second)).toEqual({ ...second, queue: { position: 1, estimatedStartAt: null } });
    expect((await read(first)).queue?.position).toBeGreaterThan(1);
  });

  test('one task keeps one role id, two tasks have two', async () => {
    const [a, b, c] = [
      await client.submit({ taskId: 'same' }),
      await client.submit({ taskId: 'same' }),
      await client.submit({ taskId: 'Same' }),
    ];
    expect(a.roleId).toBe(b.roleId);
    expect(c.roleId).not.toBe(a.roleId);
  });

  test('a run time in the future makes it scheduled, and the deadline counts from there', async () => {
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    const creation = await client.submit({ taskId: 'later', runAt, deadlineSeconds: 60 });
    expect(creation).toMatchObject({ status: 'scheduled', runAt });
    expect(Date.parse(creation.deadlineAt ?? '') - Date.parse(runAt)).toBe(60_000);
  });

  test('five hundred at once are all accepted, each once, in the order of their ids', async () => {
    const own = await api.newClient();
    const creations = await Promise.all(Array.from({ length: 500 }, (_, n) => own.submit({ taskId: `burst-${n}` })));
    const listed: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await own.send('GET', `/v1/role-creations?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { items, nextCursor } = (await page.json()) as { items: Creation[]; nextCursor: string | null };
      listed.push(...items.map(item => item.id));
      cursor = nextCursor;
    }
    expect(listed).toHaveLength(500);
    expect(listed.toSorted()).toEqual(creations.map(creation => creation.id).toSorted());
    expect(listed).toEqual(listed.toSorted().reverse());
  });

  test('the request id and the trace go into the ledger, and the id into the answer', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await submit({ taskId: 'traced' }, { 'x-request-id': 'order-17.a', traceparent });
    const creation = (await response.json()) as Creation;
    expect(response.headers.get('x-request-id')).toBe('order-17.a');
    expect(creation.requestId).toBe('order-17.a');
    const { rows } = { rows: await api.database.knex('role_creations').where('id', creation.id) };
    expect(rows[0]).toMatchObject({ request_id: 'order-17.a', traceparent });
    expect(await findCreation(api.database, rows[0].tenant_id, creation.id)).not.toBeNull();
  });

  test('a request id that is not well formed is replaced', async () => {
    const response = await submit({ taskId: 'traced' }, { 'x-request-id': 'has spaces and "quotes"' });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('an unknown strategy is refused with 422, and one of the tenant’s own is taken at once', async () => {
    const refused = await submit({ taskId: 'a', strategyId: 'brisk' });
    expect(refused.status).toBe(422);
    expect(await problemOf(refused)).toMatchObject({ code: 'unknown_strategy', errors: [{ pointer: '/strategyId' }] });
    await client.send('PUT', '/v1/strategies/brisk', { instructions: 'Be brisk.' });
    expect((await submit({ taskId: 'a', strategyId: 'brisk' })).status).toBe(202);
  });
});

describe('cancelling', () => {
  test('ends a creation that waits, tells those who follow it, and is harmless the second time', async () => {
    const creation = await client.submit({ taskId: 'unwanted' });
    const first = await client.send('POST', creation.links.cancel);
    const cancelled = await first.json();
    expect([first.status, cancelled]).toMatchObject([
      200,
      { id: creation.id, status: 'cancelled', finishedAt: expect.any(String) },
    ]);
    const second = await client.send('POST', creation.links.cancel, {});
    expect([second.status, await second.json()]).toEqual([200, cancelled]);
    const events = await client.send('GET', `${creation.links.events}?after=1`);
    expect(await events.json()).toMatchObject({
      items: [{ type: 'role_creation.cancelled', data: { id: creation.id } }],
    });
  });

  test('is refused where it has ended otherwise, and for a stranger it does not exist', async () => {
    const creation = await client.submit({ taskId: 'made' });
    await api.database.knex('role_creations').where('id', creation.id).update({ status: 'succeeded' });
    expect(await problemOf(await client.send('POST', creation.links.cancel))).toMatchObject({
      status: 409,
      code: 'conflict',
    });
    const stranger = await api.newClient();
    expect((await stranger.send('POST', creation.links.cancel)).status).toBe(404);
  });
});

describe('a submission that is not right', () => {
  test.each([
    ['an unknown field', { taskId: 'a', color: 'red' }, ['/color']],
    [
      'an unknown field deep inside',
      { taskId: 'a', sources: { baseInfo: { name: 'A', locale: 'en', mood: 1 } } },
      ['/sources/baseInfo/mood'],
    ],
    ['no task', {}, ['/taskId']],
    ['a bad task id and a bad priority', { taskId: 'a b', priority: 'asap' }, ['/taskId', '/priority']],
    ['a time without a zone', { taskId: 'a', runAt: '2027-01-01T08:00:00' }, ['/runAt']],
    ['a deadline of nothing', { taskId: 'a', deadlineSeconds: 0 }, ['/deadlineSeconds']],
    ['metadata that is not text', { taskId: 'a', metadata: { n: 1 } }, ['/metadata/n']],
    ['a list', [], ['']],
    ['a word', '"hello"', ['']],
    ['null', 'null', ['']],
  ])('%s gets 400 with a pointer to it', async (_, body, pointers) => {
    const response = await submit(body);
    expect(response.status).toBe(400);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({
      type: 'urn:roleforge:problem:invalid_body',
      status: 400,
      code: 'invalid_body',
      instance: '/v1/role-creations',
      requestId: response.headers.get('x-request-id'),
    });
    expect(problem.errors?.map(field => field.pointer)).toEqual(pointers);
  });

  test('broken JSON gets 400', async () => {
    const response = await submit('{"taskId": "a"');
    expect(response.status).toBe(400);
    expect((await problemOf(response)).code).toBe('invalid_body');
  });

  test('a compressed body gets 415, and one that is not UTF-8 gets 400', async () => {
    const zipped = await submit('{"taskId":"a"}', { 'content-encoding': 'gzip' });
    expect([zipped.status, (await problemOf(zipped)).code]).toEqual([415, 'unsupported_media_type']);
    const bytes = Buffer.concat([
      Buffer.from('{"taskId":"a","metadata":{"k":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    const broken = await fetch(`${api.url}/v1/role-creations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.apiKey}`, 'content-type': 'application/json' },
      body: bytes,
    });
    expect([broken.status, (await problemOf(broken)).code]).toEqual([400, 'invalid_body']);
  });

  test('a body in which everything is wrong gets an answer of a hundred fields', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n]));
    const { errors } = await problemOf(await submit({ taskId: 'a', ...body }));
    expect(errors).toHaveLength(101);
    expect(errors?.at(-1)?.message).toBe('and 4900 more');
  });

  test('a body over 1 MiB gets 413', async () => {
    const response = await submit({ taskId: 'a', metadata: { big: 'x'.repeat(1_048_577) } });
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({
      code: 'payload_too_large',
      detail: 'The body may have at most 1 MiB.',
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', ''])('a body of type %p gets 415', async type => {
    const response = await submit('{"taskId":"a"}', { 'content-type': type });
    expect(response.status).toBe(415);
    expect((await problemOf(response)).code).toBe('unsupported_media_type');
  });

  test('a method that the address does not take gets 405 with those that it does', async () => {
    const response = await client.send('DELETE', '/v1/role-creations');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, GET, HEAD');
  });
});
