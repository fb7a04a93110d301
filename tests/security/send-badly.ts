import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { BadRequest } from './bad-request.ts';

/** What came of a request: an answer; a connection that was ended without one; or neither, for too long. */
export type Outcome =
  | { kind: 'answered'; status: number; type: string; text: string }
  | { kind: 'closed'; why: string }
  | { kind: 'hung' };

/** Whoever is neither answered nor closed by then hangs, in milliseconds. */
export const PATIENCE_MS = 5_000;
/** So much of an answer is looked at. */
const MOST_TEXT = 100_000;

export type Sender = { send(request: BadRequest): Promise<Outcome>; close(): void };

/** @param connections how many are held open and used again */
export function createSender(port: number, connections: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: request =>
      isSayable(request)
        ? sendWhole(agent, port, request)
        : sendBytes(port, bytesOf(request), request.bytes !== undefined),
    close: () => agent.destroy(),
  };
}

/** Whether a client that knows HTTP would send it. */
function isSayable({ sending, target, headers }: BadRequest): boolean {
  return (
    sending !== 'raw' && /^[\x21-\x7e]+$/.test(target) && headers.every(([, value]) => /^[\t\x20-\x7e]*$/.test(value))
  );
}

function bytesOf({ bytes, method, target, headers, body }: BadRequest): Buffer {
  if (bytes !== undefined) return bytes;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    ...headers.map(pair => pair.join(': ')),
  ];
  if (body !== null) lines.push(`Content-Length: ${body.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)]);
}

function sendWhole(
  agent: Agent,
  port: number,
  { method, target, headers, body, sending }: BadRequest,
): Promise<Outcome> {
  return new Promise(resolve => {
    const given: Record<string, string> = Object.fromEntries(headers);
    if (body !== null && sending === 'whole') given['Content-Length'] = String(body.length);
    if (body !== null && sending !== 'whole') given['Transfer-Encoding'] = 'chunked';
    const asking = httpRequest({ agent, port, host: '127.0.0.1', method, path: target, headers: given });
    const timer = setTimeout(() => end({ kind: 'hung' }), PATIENCE_MS);
    const end = (outcome: Outcome) => {
      clearTimeout(timer);
      if (outcome.kind === 'hung') asking.destroy();
      resolve(outcome);
    };
    asking.on('error', (error: NodeJS.ErrnoException) => end({ kind: 'closed', why: error.code ?? error.message }));
    asking.on('upgrade', (_response, socket) => {
      socket.destroy();
      end({ kind: 'answered', status: 101, type: '', text: '' });
    });
    asking.on('response', response => {
      const { statusCode: status = 0 } = response;
      const type = response.headers['content-type'] ?? '';
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        if (text.length < MOST_TEXT) text += chunk;
      });
      response.on('error', () => end({ kind: 'closed', why: 'broken off' }));
      response.on('end', () => end({ kind: 'answered', status, type, text }));
      // A stream of events goes on for as long as there may be any.
      if (type.startsWith('text/event-stream')) {
        end({ kind: 'answered', status, type, text });
        response.destroy();
      }
    });
    if (sending === 'chunked' && body !== null) {
      const half = Math.floor(body.length / 2);
      asking.write(body.subarray(0, half));
      asking.end(body.subarray(half));
      return;
    }
    if (sending === 'aborted') {
      asking.flushHeaders();
      if (body !== null) asking.write(body.subarray(0, Math.floor(body.length / 2)));
      asking.once('socket', () =>
        setImmediate(() => asking.destroy(Object.assign(new Error('ours'), { code: 'ours' }))),
      );
      return;
    }
    asking.end(body ?? undefined);
  });
}

/** So long somebody whose bytes are no request waits before it says that there will be no more. */
const HALF_CLOSED_AFTER_MS = 300;

/** Sends bytes. Those that are no request may wait for more: of them it is said, after a moment, that nothing more will come. */
function sendBytes(port: number, bytes: Buffer, halfClosed: boolean): Promise<Outcome> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    let failure = 'closed';
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(
        answer.startsWith('HTTP/1.1 2') && /text\/event-stream/i.test(answer) ? answered(answer) : { kind: 'hung' },
      );
    }, PATIENCE_MS);
    const halfClose = halfClosed ? setTimeout(() => socket.end(), HALF_CLOSED_AFTER_MS) : undefined;
    socket.setEncoding('latin1');
    socket.on('data', chunk => {
      if (answer.length < MOST_TEXT) answer += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? error.message;
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(halfClose);
      resolve(answer === '' ? { kind: 'closed', why: failure } : answered(answer));
    });
    socket.on('connect', () => socket.write(bytes));
  });
}

/** The first answer of a connection; what an interim `100 Continue` announced is the one after it. */
function answered(bytes: string): Outcome {
  const answer = bytes.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  const type = /^content-type: *([^\r]*)/im.exec(answer)?.[1] ?? '';
  const [, ...body] = answer.split('\r\n\r\n');
  const [first = ''] = body.join('\r\n\r\n').split('\r\nHTTP/1.1 ');
  const text = /^transfer-encoding: *chunked/im.test(answer) ? unchunked(first) : first;
  return { kind: 'answered', status, type, text };
}

function unchunked(body: string): string {
  let [text, rest] = ['', body];
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? [];
    const length = Number.parseInt(size ?? '0', 16);
    if (line === undefined || length === 0) return text;
    text += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
  }
}
