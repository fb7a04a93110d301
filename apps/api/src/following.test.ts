import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Creation, CreationEvent } from '@roleforge/contracts';
import { attemptStarted } from '@roleforge/domain';
import { closeRedis, createEventLog, type EventLog, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
let log: EventLog;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  api = await startTestApi({ SHUTDOWN_GRACE_SECONDS: '30' });
  client = await api.newClient();
  log = createEventLog(redis, api.queuePrefix);
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
});

const progress = { type: 'role_creation.progress', data: { step: 'writing', percent: 20, detail: 'writing' } } as const;

const queued = { type: 'role_creation.queued', data: { status: 'queued' } };

type Received = { id: string | undefined; event: string | undefined; data: CreationEvent };

async function* stream(creation: Creation, headers: Record<string, string> = {}): AsyncGenerator<Received> {
  const response = await client.send('GET', creation.links.events, undefined, {
    accept: 'text/event-stream',
    ...headers,
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('cache-control')).toContain('no-store');
  const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of events ?? []) yield { id, event, data: JSON.parse(data) };
}

/** Ends a creation in the ledger and in its log. */
async function end(creation: Creation): Promise<void> {
  await api.database
    .knex('role_creations')
    .where('id', creation.id)
    .update({ status: 'failed', finished_at: new Date() });
  await log.append(creation.id, { type: 'role_creation.failed', data: { ...creation, status: 'failed' } } as never);
}

describe('following a creation', () => {
  test('what happened before and what happens while one listens comes in order, and then the stream ends', async () => {
    const creation = await client.submit({ taskId: 'followed' });
    await log.append(creation.id, { type: 'role_creation.running', data: { status: 'running' } } as never);
    const received: Received[] = [];
    for await (const event of stream(creation)) {
      received.push(event);
      if (event.id === '2') await log.append(creation.id, progress as never);
      if (event.id === '3') await end(creation);
    }
    expect(received.map(({ id, event }) => [id, event])).toEqual([
      ['1', 'role_creation.queued'],
      ['2', 'role_creation.running'],
      ['3', 'role_creation.progress'],
      ['4', 'role_creation.failed'],
    ]);
    expect(received[2]?.data).toMatchObject({ id: 3, creationId: creation.id, data: { step: 'writing' } });
  });

  test('resumes after the event that was seen last', async () => {
    const creation = await client.submit({ taskId: 'resumed' });
    await log.append(creation.id, progress as never);
    await log.append(creation.id, progress as never);
    await end(creation);
    const ids: (string | undefined)[] = [];
    for await (const { id } of stream(creation, { 'last-event-id': '2' })) ids.push(id);
    expect(ids).toEqual(['3', '4']);
  });

  test('who has seen the end is told not to come back', async () => {
    const creation = await client.submit({ taskId: 'over' });
    await end(creation);
    const response = await client.send('GET', creation.links.events, undefined, { 'last-event-id': '2' });
    expect(response.status).toBe(204);
  });

  test('where the log is gone, the ledger’s word is sent', async () => {
    const creation = await client.submit({ taskId: 'forgotten' });
    await api.database
      .knex('role_creations')
      .where('id', creation.id)
      .update({ status: 'failed', finished_at: new Date() });
    const received: Received[] = [];
    for await (const event of stream(creation)) received.push(event);
    expect(received.map(({ event }) => event)).toEqual(['role_creation.queued', 'role_creation.failed']);
    expect(received[1]?.data.data).toMatchObject({ id: creation.id, status: 'failed' });
  });

  test('where the log has lost its end, the ledger’s word is sent under the next number', async () => {
    const creation = await client.submit({ taskId: 'cut-off' });
    await log.append(creation.id, progress as never);
    await api.database
      .knex('role_creations')
      .where('id', creation.id)
      .update({ status: 'succeeded', finished_at: new Date() });
    const received: Received[] = [];
    for await (const event of stream(creation, { 'last-event-id': '2' })) received.push(event);
    expect(received.map(({ id, event }) => [id, event])).toEqual([['3', 'role_creation.succeeded']]);
  });

  test('as JSON: a page of what is numbered higher', async () => {
    const creation = await client.submit({ taskId: 'paged' });
    await log.append(creation.id, progress as never);
    const page = await client.send('GET', `${creation.links.events}?after=1`);
    expect(await page.json()).toMatchObject({ items: [{ id: 2, type: 'role_creation.progress' }], nextCursor: null });
    const all = await client.send('GET', creation.links.events, undefined, { accept: 'application/json' });
    expect(((await all.json()) as { items: unknown[] }).items).toHaveLength(2);
  });

  test('a page has as many as were asked for, and a cursor that goes on where `after` would', async () => {
    const creation = await client.submit({ taskId: 'pages' });
    for (let n = 0; n < 4; n += 1) await log.append(creation.id, progress as never);
    type Page = { items: { id: number }[]; nextCursor: string | null };
    const page = async (query: string) => {
      const response = await client.send('GET', `${creation.links.events}?${query}`);
      expect(response.status).toBe(200);
      const { items, nextCursor } = (await response.json()) as Page;
      return { ids: items.map(({ id }) => id), nextCursor };
    };
    const first = await page('after=0&limit=2');
    expect(first.ids).toEqual([1, 2]);
    const second = await page(`limit=2&cursor=${first.nextCursor}`);
    expect(second.ids).toEqual([3, 4]);
    expect(second).toEqual(await page('after=2&limit=2'));
    // What a client does that keeps its query and adds the cursor.
    const third = await page(`after=0&limit=2&cursor=${second.nextCursor}`);
    expect(third).toEqual({ ids: [5], nextCursor: null });
    expect(await page('after=5')).toEqual({ ids: [], nextCursor: null });
    const bad = await client.send('GET', `${creation.links.events}?cursor=x`);
    expect(bad.status).toBe(400);
  });
});

describe('a creation that is begun again', () => {
  const beginAgain = (creation: Creation) =>
    api.database.knex('role_creations').where('id', creation.id).update({ status: 'queued', finished_at: null });

  test('goes on for who has seen the first end, and the stream ends with the second', async () => {
    const creation = await client.submit({ taskId: 'again' });
    await end(creation);
    await beginAgain(creation);
    await log.append(creation.id, queued as never, { continues: true });
    const received: Received[] = [];
    for await (const event of stream(creation, { 'last-event-id': '2' })) {
      received.push(event);
      if (event.id === '3') await end(creation);
    }
    expect(received.map(({ id, event }) => [id, event])).toEqual([
      ['3', 'role_creation.queued'],
      ['4', 'role_creation.failed'],
    ]);
    const over = await client.send('GET', creation.links.events, undefined, { 'last-event-id': '4' });
    expect(over.status).toBe(204);
  });

  test('keeps who comes meanwhile, though nothing follows the first end in the log yet', async () => {
    const creation = await client.submit({ taskId: 'not-yet' });
    await end(creation);
    await beginAgain(creation);
    const ids: (string | undefined)[] = [];
    for await (const { id, event } of stream(creation)) {
      ids.push(id);
      if (id === '2') await log.append(creation.id, queued as never, { continues: true });
      if (event === 'role_creation.queued' && id === '3') await end(creation);
    }
    expect(ids).toEqual(['1', '2', '3', '4']);
  });

  test('that is held and released is followed through', async () => {
    const creation = await client.submit({ taskId: 'held' });
    const held = { type: 'role_creation.held', data: { status: 'held' } };
    const received: Received[] = [];
    for await (const event of stream(creation)) {
      received.push(event);
      if (event.id === '1') await log.append(creation.id, held as never);
      if (event.id === '2') await log.append(creation.id, queued as never, { continues: true });
      if (event.id === '3') await end(creation);
    }
    expect(received.map(({ event }) => event?.split('.')[1])).toEqual(['queued', 'held', 'queued', 'failed']);
  });
});

describe('where the log was lost', () => {
  const lose = (creation: Creation) => redis.del(`${api.queuePrefix}:events:{${creation.id}}`);

  test('who follows on sees what comes after, under numbers that are higher than all before', async () => {
    const creation = await client.submit({ taskId: 'lost' });
    const ids: number[] = [];
    for await (const { id, event } of stream(creation)) {
      ids.push(Number(id));
      if (id === '1') for (let n = 0; n < 3; n += 1) await log.append(creation.id, progress as never);
      if (id === '4') {
        await lose(creation);
        await log.append(creation.id, progress as never, { continues: true });
      }
      if (ids.length === 5) await end(creation);
      if (event === 'role_creation.failed') break;
    }
    expect(ids.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(ids).toHaveLength(6);
    expect(ids.toSorted((a, b) => a - b)).toEqual(ids);
    const over = await client.send('GET', creation.links.events, undefined, { 'last-event-id': String(ids[5]) });
    expect(over.status).toBe(204);
  });

  test('who was away meanwhile misses nothing of the new log', async () => {
    const creation = await client.submit({ taskId: 'away' });
    for (let n = 0; n < 3; n += 1) await log.append(creation.id, progress as never);
    await lose(creation);
    // By one who did not know that there had been a log.
    await log.append(creation.id, progress as never);
    await end(creation);
    const ids: (string | undefined)[] = [];
    for await (const { id } of stream(creation, { 'last-event-id': '4' })) ids.push(id);
    expect(ids).toEqual(['2', '3']);
  });

  test('the end by the ledger’s word and the end that a worker appends late have one number; who has seen it is done', async () => {
    const creation = await client.submit({ taskId: 'late' });
    const finishedAt = new Date(Date.parse(creation.createdAt) + 5_000);
    await api.database
      .knex('role_creations')
      .where('id', creation.id)
      .update({ status: 'failed', finished_at: finishedAt, attempt_epoch: 1, attempt_log: attemptStarted(finishedAt) });
    const ids: (string | undefined)[] = [];
    for await (const { id } of stream(creation, { 'last-event-id': '7' })) ids.push(id);
    expect(ids).toHaveLength(1);
    const again = () => client.send('GET', creation.links.events, undefined, { 'last-event-id': ids[0] ?? '' });
    expect((await again()).status).toBe(204);
    const ended = { ...creation, status: 'failed', finishedAt: finishedAt.toISOString() };
    const number = await log.append(creation.id, { type: 'role_creation.failed', data: ended } as never, {
      continues: true,
    });
    expect(String(number)).toBe(ids[0]);
    expect((await again()).status).toBe(204);
  });
});
