import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { securityHeaders } from './security-headers.ts';
import { createStrictServer, type RefusedUnread, SERVER_LIMITS, type ServerLimits } from './server-limits.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const HEADERS = securityHeaders({ behindProxy: false });

/** A server that answers each request with its path and body, and the paths that it was asked for. */
async function startServer(limits: Partial<ServerLimits> = {}, serve?: RequestListener) {
  const asked: string[] = [];
  const refused: RefusedUnread[] = [];
  const echo: RequestListener = async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = await request.toArray().catch(() => []);
    response.end(`${request.url}=${Buffer.concat(body)}`);
  };
  const server = createStrictServer({
    serve: serve ?? echo,
    headers: HEADERS,
    onRefused: one => void refused.push(one),
    limits: { ...SERVER_LIMITS, checkEveryMs: 20, ...limits },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return { asked, refused, port: (server.address() as AddressInfo).port };
}

/** Sends bytes on a bare socket; resolves with all that comes back once the server has closed the connection. */
async function talk(port: number, text: string, alsoDo?: (socket: Socket) => Promise<void>): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  socket.on('data', chunk => {
    received += chunk;
  });
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.write(Buffer.from(text, 'latin1'));
  await alsoDo?.(socket);
  await closed;
  return received;
}

function expectProblem(received: string, status: number, code: string): void {
  const [head = '', body = ''] = received.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toMatch(/\r\nconnection: close/i);
  expect(head).toMatch(/\r\ncontent-type: application\/problem\+json/i);
  expect(head).toMatch(/\r\ncontent-security-policy: default-src 'none'/i);
  expect(received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(JSON.parse(body)).toMatchObject({ status, code, requestId: expect.any(String) });
}

const GET = 'GET / HTTP/1.1\r\nHost: api\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n';

test('what is refused before it is served is told, once each, under the id that its sender got', async () => {
  const { port, refused } = await startServer();
  const answers = [
    await talk(port, `${GET}Host: other\r\nConnection: close\r\n\r\n`),
    await talk(port, `${GET}Expect: a-miracle\r\nConnection: close\r\n\r\n`),
    await talk(port, 'no HTTP at all\r\n\r\n'),
  ];
  expect(refused.map(({ status, code }) => [status, code])).toEqual([
    [400, 'invalid_request'],
    [417, 'expectation_failed'],
    [400, 'invalid_request'],
  ]);
  expect(answers.map(answer => JSON.parse(answer.split('\r\n\r\n')[1] ?? '').requestId)).toEqual(
    refused.map(({ requestId }) => requestId),
  );
});

describe('a request that is not to be understood in one way only is refused, and served in no part', () => {
  test.each([
    ['both lengths: CL.TE', `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`],
    [
      'both lengths: TE.CL',
      `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGET /admin HTTP/1.1\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths that differ', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
    ['two lengths that are the same', `${POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\nxx`],
    ['a list of lengths', `${POST}Content-Length: 2, 2\r\n\r\nxx`],
    ['a negative length', `${POST}Content-Length: -1\r\n\r\n`],
    ['a length with a sign', `${POST}Content-Length: +2\r\n\r\nxx`],
    ['a length in hexadecimal', `${POST}Content-Length: 0x2\r\n\r\nxx`],
    ['a length beyond all numbers', `${POST}Content-Length: 99999999999999999999999\r\n\r\n`],
    ['chunks in disguise', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunks that are not last', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ['a blank before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
    ['a header that begins with a blank', `${GET} X: y\r\n\r\n`],
    ['a chunk size that is none', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`],
    ['a chunk longer than announced', `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n`],
    ['a line feed alone after a header', 'GET / HTTP/1.1\nHost: api\n\n'],
    ['a carriage return alone within a header', `${GET}X: a\rY: b\r\n\r\n`],
    ['a null byte in a header', `${GET}X: a\0b\r\n\r\n`],
    ['a null byte in the path', 'GET /\0 HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['a null byte in a header’s name', `${GET}X\0Y: b\r\n\r\n`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', `${GET}Host: other\r\n\r\n`],
    ['two hosts that are the same', `${GET}hOST: api\r\n\r\n`],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: api/x\r\n\r\n'],
    ['a host with credentials', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
    ['a host of two', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n'],
    ['two credentials', `${GET}Authorization: Bearer one\r\nauthorization: Bearer other\r\n\r\n`],
    ['two credentials that are the same', `${GET}${'Authorization: Bearer one\r\n'.repeat(2)}\r\n`],
    ['a whole URL that is none', 'GET http://[:::/a HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['a whole URL with credentials', 'GET http://key@api/a HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['a whole URL of another scheme', 'GET ftp://api/a HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['a path with a fragment', 'GET /a#b HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['a host for a path, with a fragment', 'GET //a@b,# HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/3.7', 'GET / HTTP/3.7\r\nHost: api\r\n\r\n'],
    ['a method that is none', 'GETT / HTTP/1.1\r\nHost: api\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['garbage', 'garbage\x00\xff\xfe\r\n\r\n'],
  ])('%s', async (_, text) => {
    const { port, asked } = await startServer();
    const received = await talk(port, text);
    expectProblem(received, 400, 'invalid_request');
    expect(asked.filter(each => !each.startsWith('POST /'))).toEqual([]);
  });
});

describe('what is too large', () => {
  test.each([
    ['one huge header', `${GET}X: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['many headers', `${GET}${'X: y\r\n'.repeat(5_000)}\r\n`],
    ['a second host behind a thousand headers', `${GET}${'X:\r\n'.repeat(1_000)}Host: other\r\n\r\n`],
    ['a huge path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: api\r\n\r\n`],
    ['a huge header’s name', `${GET}${'x'.repeat(20_000)}: y\r\n\r\n`],
  ])('%s gets 431', async (_, text) => {
    const { port, asked } = await startServer();
    expectProblem(await talk(port, text), 431, 'headers_too_large');
    expect(asked).toEqual([]);
  });

  test('chunks that are nothing but extensions get 413', async () => {
    const { port } = await startServer();
    const text = `${POST}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`;
    expectProblem(await talk(port, text), 413, 'payload_too_large');
  });
});

describe('a slow client', () => {
  const IN_SHORT = { headersTimeoutMs: 100, requestTimeoutMs: 200 };
  const drip = (text: string) => async (socket: Socket) => {
    while (!socket.destroyed) {
      socket.write(text);
      await wait(20);
    }
  };

  test.each([
    ['says nothing', '', ''],
    ['sends its headers bit by bit', GET, 'X: y\r\n'],
    ['sends its body bit by bit', `${POST}Content-Length: 100000\r\n\r\n`, 'x'],
    ['sends its chunks bit by bit', `${POST}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
  ])('that %s gets 408', async (_, first, rest) => {
    const { port } = await startServer(IN_SHORT);
    expectProblem(await talk(port, first, rest === '' ? undefined : drip(rest)), 408, 'request_timeout');
  });

  test('is not one that waits for a slow answer, nor one that follows a stream', async () => {
    const { port } = await startServer({ headersTimeoutMs: 50, requestTimeoutMs: 100 }, async (request, response) => {
      if (request.url === '/stream') response.write('begun ');
      await wait(400);
      response.end('done');
    });
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    expect(await Promise.all([get('/stream'), get('/wait')])).toEqual(['begun done', 'done']);
  });

  test('between two requests may be idle for longer than a request may take', async () => {
    const { port } = await startServer({ headersTimeoutMs: 50, requestTimeoutMs: 100 });
    const received = await talk(port, `${GET}\r\n`, async socket => {
      await wait(300);
      socket.write(`${GET}Connection: close\r\n\r\n`);
    });
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });
});

test('an expectation that cannot be met gets 417', async () => {
  const { port, asked } = await startServer();
  expectProblem(await talk(port, `${GET}Expect: 200-maybe\r\n\r\n`), 417, 'expectation_failed');
  expect(asked).toEqual([]);
});

test('a client that reads nothing of a large answer is cut off', async () => {
  const over = Promise.withResolvers<boolean>();
  const { port } = await startServer({ stalledMs: 100 }, (_request, response) => {
    response.once('close', () => over.resolve(response.writableFinished));
    response.end('x'.repeat(20_000_000));
  });
  const stalled = connect(port, '127.0.0.1').pause();
  open.push(async () => void stalled.destroy());
  stalled.on('error', () => {}).write(`${GET}\r\n`);
  expect(await over.promise).toBe(false);
});

describe('what may look odd and is well formed', () => {
  test.each([
    ['the whole URL in the request line', 'GET http://elsewhere/a HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n'],
    ['a host with a port', 'GET / HTTP/1.1\r\nHost: api:3000\r\nConnection: close\r\n\r\n'],
    ['an IPv6 host', 'GET / HTTP/1.1\r\nHost: [::1]:3000\r\nConnection: close\r\n\r\n'],
    ['an empty host', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['HTTP/1.0 without a host', 'GET / HTTP/1.0\r\n\r\n'],
    ['an empty line before', `\r\n${GET}Connection: close\r\n\r\n`],
  ])('%s is served', async (_, text) => {
    const { port } = await startServer();
    expect(await talk(port, text)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('requests sent one behind the other are answered in their order', async () => {
    const { port } = await startServer();
    const received = await talk(
      port,
      `${['a', 'b', 'c'].map(path => `GET /${path} HTTP/1.1\r\nHost: api\r\n`).join('\r\n')}Connection: close\r\n\r\n`,
    );
    expect(received.match(/\/[abc]=/g)).toEqual(['/a=', '/b=', '/c=']);
  });

  test('garbage behind a request that is being served is not answered in its place', async () => {
    const begun = Promise.withResolvers<void>();
    const { port } = await startServer({}, () => begun.resolve());
    const received = talk(port, `${GET}\r\n`, async socket => {
      await begun.promise;
      socket.write('garbage\r\n\r\n');
    });
    expect(await received).toBe('');
  });
});
