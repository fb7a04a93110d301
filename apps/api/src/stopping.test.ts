import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { CreationEvent } from '@roleforge/contracts';
import { closeRedis, createEventLog, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

const redis = openRedis(testServers().redisUrl, 'worker');
const started: TestApi[] = [];
afterEach(async () => {
  for (const api of started.splice(0)) await api.stop();
});
afterAll(() => closeRedis(redis));

async function start(env: Record<string, string> = {}): Promise<TestApi> {
  const api = await startTestApi({ SHUTDOWN_GRACE_SECONDS: '30', ...env });
  // Stopping twice does no harm; the database is closed once.
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= api.stop();
    return stopped;
  };
  started.push({ ...api, stop });
  return { ...api, stop };
}

const running = { type: 'role_creation.running', data: { status: 'running' } } as never;
const progress = { type: 'role_creation.progress', data: { step: 'writing', percent: 20, detail: 'writing' } } as never;

/** A submission whose body is not all there yet: a request in hand. */
async function slowSubmission(api: TestApi, { apiKey }: TestClient) {
  const socket = connect(api.port, '127.0.0.1');
  const body = JSON.stringify({ taskId: 'slow' });
  socket.write(
    `POST /v1/role-creations HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  // The server asks for the body: it has begun with the request.
  await once(socket, 'data');
  return { finish: () => socket.write(body), answer: text(socket) };
}

test('what is in hand is finished; until then the api says that it stops, and after that takes no connection', async () => {
  const api = await start();
  const slow = await slowSubmission(api, await api.newClient());
  const stopped = api.stop();
  const readyz = await fetch(`${api.url}/readyz`);
  expect([readyz.status, await readyz.json()]).toEqual([503, { status: 'stopping' }]);
  expect(readyz.headers.get('connection')).toBe('close');
  slow.finish();
  const answer = await slow.answer;
  expect(answer).toMatch(/^HTTP\/1\.1 202 /);
  expect(answer).toMatch(/^Connection: close\r$/im);
  await stopped;
  await expect(fetch(`${api.url}/readyz`)).rejects.toThrow();
});

test('while balancers have still to notice, the api says that it stops, takes connections, serves, and keeps its streams', async () => {
  const api = await start({ SHUTDOWN_DELAY_SECONDS: '2' });
  const client = await api.newClient();
  const creation = await client.submit({ taskId: 'followed' });
  const stream = await fetch(api.url + creation.links.events, {
    headers: { authorization: `Bearer ${client.apiKey}` },
  });
  let streaming = true;
  const streamed = stream.text().then(told => {
    streaming = false;
    return told;
  });
  // It is in nobody's hand: nothing but the delay keeps the listener open.
  const idle = connect(api.port, '127.0.0.1');
  await once(idle, 'connect');
  const stopped = api.stop();
  const readyz = await fetch(`${api.url}/readyz`);
  expect([readyz.status, await readyz.json()]).toEqual([503, { status: 'stopping' }]);
  const late = await client.send('POST', '/v1/role-creations', { taskId: 'late' });
  expect([late.status, late.headers.get('connection')]).toEqual([202, 'close']);
  expect(streaming).toBe(true);
  await stopped;
  expect(await streamed).toMatch(/retry:\d+\n\n$/);
  await expect(fetch(`${api.url}/readyz`)).rejects.toThrow();
});

test('clients that keep their connections busy are let down by none of them, however often the api is stopped', async () => {
  const client = new Agent({ keepAlive: true, maxSockets: 20 });
  const answers: string[] = [];
  for (let times = 0; times < 3; times += 1) {
    const api = await start();
    let stopping = false;
    const busy = Array.from({ length: 20 }, async () => {
      // Whose connection says that it is the last goes elsewhere, as behind a balancer that has noticed.
      while (!stopping) {
        const { outcome, last } = await livez(api.port, client);
        answers.push(outcome);
        if (last) return;
      }
    });
    await livez(api.port, client);
    await api.stop();
    stopping = true;
    await Promise.all(busy);
  }
  client.destroy();
  expect(new Set(answers)).toEqual(new Set(['200']));
}, 60_000);

/** One request on a kept connection: its status, or how it failed, and whether the connection is over with it. */
function livez(port: number, agent: Agent): Promise<{ outcome: string; last: boolean }> {
  return new Promise(resolve => {
    get({ port, path: '/livez', agent }, response => {
      response
        .resume()
        .once('end', () =>
          resolve({ outcome: String(response.statusCode), last: response.headers.connection === 'close' }),
        );
    }).once('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? 'failed', last: true }));
  });
}

test('what is in hand for longer than the grace is cut off', async () => {
  const api = await start({ SHUTDOWN_GRACE_SECONDS: '1' });
  const slow = await slowSubmission(api, await api.newClient());
  await api.stop();
  expect(await slow.answer).toBe('');
});

test('a stream is sent elsewhere, its client told when to come back, and there it misses and repeats nothing', async () => {
  const one = await start();
  const other = await start({ QUEUE_PREFIX: one.queuePrefix });
  const client = await one.newClient();
  const creation = await client.submit({ taskId: 'moving' });
  const log = createEventLog(redis, one.queuePrefix);
  await log.append(creation.id, running);

  const seen: string[] = [];
  let retry = 0;
  const read = async (url: string, each: (id: string) => Promise<unknown>) => {
    const response = await fetch(url + creation.links.events, {
      headers: { authorization: `Bearer ${client.apiKey}`, 'last-event-id': seen.at(-1) ?? '' },
    });
    const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(
      new EventSourceParserStream({
        onRetry(ms) {
          retry = ms;
        },
      }),
    );
    for await (const { id = '', data } of events ?? []) {
      expect((JSON.parse(data) as CreationEvent).id).toBe(Number(id));
      seen.push(id);
      await each(id);
    }
  };
  let stopped: Promise<void> | undefined;
  await read(one.url, async id => {
    if (id === '2') stopped = one.stop();
  });
  expect(retry).toBeGreaterThanOrEqual(500);
  expect(retry).toBeLessThanOrEqual(2_500);
  await stopped;
  await log.append(creation.id, progress);
  await read(other.url, async id => {
    if (id !== '3') return;
    await other.database
      .knex('role_creations')
      .where('id', creation.id)
      .update({ status: 'failed', finished_at: new Date() });
    await log.append(creation.id, { type: 'role_creation.failed', data: { ...creation, status: 'failed' } } as never);
  });
  expect(seen).toEqual(['1', '2', '3', '4']);
});

test('who waits for the end of a creation is told that it was accepted', async () => {
  const api = await start();
  const client = await api.newClient();
  const answer = client.send('POST', '/v1/role-creations', { taskId: 'waited-for' }, { prefer: 'wait=60' });
  // Committed: it is in the list, and its submission waits.
  for (let listed = 0; listed === 0; )
    listed = ((await (await client.send('GET', '/v1/role-creations')).json()) as { items: unknown[] }).items.length;
  const stopped = api.stop();
  const response = await answer;
  expect(response.status).toBe(202);
  expect(response.headers.get('connection')).toBe('close');
  expect(await response.json()).toMatchObject({ status: 'queued', taskId: 'waited-for' });
  await stopped;
});
