import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { CreationEvent } from '@roleforge/contracts';
import express, { type Response } from 'express';
import { type EventStream, eventText, openEventStream } from './event-stream.ts';

const open: { server: Server; reader: Socket }[] = [];
afterEach(async () => {
  for (const { server, reader } of open.splice(0)) {
    reader.destroy();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
});

/** A stream and its reader, who reads nothing until told to. */
async function openToReader(): Promise<{ stream: EventStream; response: Response; reader: Socket }> {
  const app = express();
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const opened = new Promise<{ stream: EventStream; response: Response }>(resolve => {
    app.get('/', (_request, response) => resolve({ stream: openEventStream(response), response }));
  });
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  reader.pause();
  reader.write('GET / HTTP/1.1\r\nHost: api\r\n\r\n');
  open.push({ server, reader });
  return { ...(await opened), reader };
}

const EVENT_BYTES = 20_000;
const event = (id: number) =>
  ({ id, type: 'role_creation.section', data: { part: 'x', value: 'x'.repeat(EVENT_BYTES) } }) as CreationEvent;

/** Sends until there is no more room, and returns how many events that took. */
async function fill(stream: EventStream, response: Response): Promise<number> {
  for (let id = 1; ; id += 1) {
    if (!stream.send(event(id))) {
      // The kernel may still take what was written.
      await new Promise(resolve => setImmediate(resolve));
      if (response.writableLength > 0) return id;
    }
  }
}

test('for a reader who reads nothing, no more is kept than a little and one event', async () => {
  const { stream, response, reader } = await openToReader();
  await fill(stream, response);
  expect(response.writableLength).toBeLessThan(65_536 + 2 * EVENT_BYTES);
  const room = new Promise<void>(resolve => stream.onRoom(resolve));
  reader.resume();
  await room;
  expect(stream.send(event(1_000_000))).toBe(true);
});

test('a reader who takes nothing between two signs of life is let go', async () => {
  const { stream, response } = await openToReader();
  await fill(stream, response);
  const left = new Promise<void>(resolve => stream.onClose(resolve));
  stream.keepAlive();
  expect(response.destroyed).toBe(false);
  stream.keepAlive();
  await left;
  expect(response.destroyed).toBe(true);
});

test('a reader who is behind does not hold up a stream that is sent elsewhere', async () => {
  const { stream, response } = await openToReader();
  await fill(stream, response);
  const left = new Promise<void>(resolve => stream.onClose(resolve));
  stream.end(700);
  await left;
});

test('nothing follows the end of a stream, however long its reader takes to come to it', async () => {
  const { stream, response, reader } = await openToReader();
  const failed = new Promise<Error>(resolve => response.once('error', resolve));
  const left = new Promise<void>(resolve => stream.onClose(resolve));
  do {
    expect(stream.push(eventText('status', { text: 'x'.repeat(EVENT_BYTES) }))).toBe(true);
    await new Promise(resolve => setImmediate(resolve));
  } while (response.writableLength === 0);
  stream.end(700);
  expect(stream.push(eventText('status', {}))).toBe(false);
  stream.keepAlive();
  reader.resume();
  expect(await Promise.race([left, failed])).toBeUndefined();
});

test('one who reads is kept', async () => {
  const { stream, response, reader } = await openToReader();
  let received = '';
  reader.setEncoding('utf8').on('data', text => {
    received += text;
  });
  reader.resume();
  for (let n = 0; n < 5; n += 1) stream.keepAlive();
  stream.end(700);
  await once(response, 'close');
  while (!received.includes('retry:700')) await once(reader, 'data');
  expect(received.match(/^:$/gm)).toHaveLength(5);
});
