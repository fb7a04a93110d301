import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Creation, CreationEvent } from '@roleforge/contracts';
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

  test('an api that stops ends its streams at once, long before its grace is over', async () => {
    const other = await startTestApi({ SHUTDOWN_GRACE_SECONDS: '30' });
    const own = await other.newClient();
    const creation = await own.submit({ taskId: 'cut-short' });
    const response = await own.send('GET', creation.links.events);
    const reader = response.body?.getReader();
    await reader?.read();
    const stopped = other.stop();
    while (!(await reader?.read())?.done);
    await stopped;
  });
});
