import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CERTIFICATE, PRIVATE_KEY } from './certificate.fixture.ts';
import { type Egress, openEgress } from './open-egress.ts';
import type { ResolveName } from './resolve-name.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serve(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => new Promise(resolve => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const receiver = (listener: RequestListener) => serve(createServer(listener));

function egressTo(address: string | ResolveName, targets: 'public' | 'any' = 'any'): Egress {
  const resolve: ResolveName =
    typeof address === 'function' ? address : async () => [{ address, family: address.includes(':') ? 6 : 4 }];
  const egress = openEgress({ targets, resolve, connectTimeoutMs: 200 });
  open.push(egress.close);
  return egress;
}

const POST = {
  headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' },
  body: '{"a":"ä"}',
  timeoutMs: 2_000,
};

describe('a post', () => {
  test('arrives with its headers and body under the host’s name, and its answer’s status and headers come back', async () => {
    const received = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
    const port = await receiver(async (request, response) => {
      received.resolve({ request, body: Buffer.concat(await request.toArray()).toString() });
      response.writeHead(204, { 'Retry-After': '7', 'Set-Cookie': ['a=1', 'b=2'] }).end();
    });
    const outcome = await egressTo('127.0.0.1').post(`http://hooks.example.com:${port}/in?a=1#part`, POST);
    expect(outcome).toMatchObject({ kind: 'answered', statusCode: 204, headers: { 'retry-after': '7' } });
    const { request, body } = await received.promise;
    expect([request.method, request.url, body]).toEqual(['POST', '/in?a=1', POST.body]);
    expect(request.headers).toEqual({
      ...POST.headers,
      host: `hooks.example.com:${port}`,
      connection: 'close',
      'content-length': '10',
    });
  });

  test('asks no proxy that the environment names', async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      HTTP_PROXY: 'http://127.0.0.1:1',
      http_proxy: 'http://127.0.0.1:1',
      NODE_USE_ENV_PROXY: '1',
    });
    try {
      const port = await receiver((_, response) => response.end());
      expect(await egressTo('127.0.0.1').post(`http://hooks.example.com:${port}/`, POST)).toMatchObject({
        statusCode: 200,
      });
    } finally {
      process.env = before;
    }
  });

  test('goes to where the name leads now, though it led elsewhere a moment ago', async () => {
    const reached: string[] = [];
    const port = await receiver((request, response) =>
      response.end(void reached.push(String(request.socket.localAddress))),
    );
    const answers = ['127.0.0.1', '127.0.0.2'];
    const egress = egressTo(async () => [{ address: answers.shift() ?? '', family: 4 }]);
    await egress.post(`http://hooks.example.com:${port}/`, POST);
    // The receiver listens at the first address alone.
    expect(await egress.post(`http://hooks.example.com:${port}/`, POST)).toMatchObject({ reason: 'unreachable' });
    expect(reached).toEqual(['127.0.0.1']);
  });

  test('reaches a host by another of its addresses where the first does not answer', async () => {
    const port = await receiver((_, response) => response.end());
    const egress = egressTo(async () => ['127.0.0.3', '127.0.0.1'].map(address => ({ address, family: 4 })));
    expect(await egress.post(`http://hooks.example.com:${port}/`, POST)).toMatchObject({ statusCode: 200 });
  });

  test('to a body of just the size that is read is answered; to one byte more it is not', async () => {
    const port = await receiver((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))));
    const post = (size: number) =>
      egressTo('127.0.0.1').post(`http://hooks.example.com:${port}/${size}`, { ...POST, maxResponseBytes: 1_000 });
    expect(await post(1_000)).toMatchObject({ kind: 'answered', statusCode: 200 });
    expect(await post(1_001)).toMatchObject({
      reason: 'answer_too_large',
      detail: 'The answer, with the status 200, is larger than 1000 bytes.',
    });
  });

  test('ends in time though the name server never answers', async () => {
    const egress = egressTo(() => new Promise(() => {}));
    expect(await egress.post('http://hooks.example.com/', { ...POST, timeoutMs: 50 })).toMatchObject({
      reason: 'timed_out',
      detail: 'No whole answer came within 50 ms.',
    });
  });

  test.each([
    ['a name that is not there', Object.assign(new Error('secret'), { code: 'ENOTFOUND' }), /\(ENOTFOUND\)/],
    ['an error that nobody knows', new Error('secret'), /\(UNKNOWN\)/],
    ['an error with a code of its own', Object.assign(new Error('x'), { code: 'secret words' }), /\(UNKNOWN\)/],
  ])('to %s is unreachable, in words of our own', async (_, error, detail) => {
    const outcome = await egressTo(async () => Promise.reject(error)).post('http://hooks.example.com/', POST);
    expect(outcome).toMatchObject({ reason: 'unreachable', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  test('to a name without an address, and to a port where nobody listens, is unreachable', async () => {
    expect(await egressTo(async () => []).post('http://hooks.example.com/', POST)).toMatchObject({
      reason: 'unreachable',
    });
    expect(await egressTo('127.0.0.1').post('http://hooks.example.com:1/', POST)).toMatchObject({
      reason: 'unreachable',
      detail: 'The host could not be reached (ECONNREFUSED).',
    });
  });

  test('does not say which private address a name leads to', async () => {
    const outcome = await egressTo('10.1.2.3', 'public').post('https://hooks.example.com/', POST);
    expect(outcome).toMatchObject({ reason: 'address_not_allowed' });
    expect(JSON.stringify(outcome)).not.toContain('10.1');
  });

  test('with a header that cannot be sent is a mistake of ours', async () => {
    const post = egressTo('127.0.0.1').post('http://hooks.example.com/', { ...POST, headers: { 'a\nb': 'c' } });
    await expect(post).rejects.toThrow('invalid header');
  });
});

describe('the end', () => {
  const silent = () => {
    const arrived = Promise.withResolvers<void>();
    return { arrived: arrived.promise, port: receiver(() => arrived.resolve()) };
  };

  test('of its signal ends a post with the signal’s reason', async () => {
    const { arrived, port } = silent();
    const controller = new AbortController();
    const post = egressTo('127.0.0.1').post(`http://hooks.example.com:${await port}/`, {
      ...POST,
      signal: controller.signal,
    });
    await arrived;
    controller.abort(new Error('stopping'));
    await expect(post).rejects.toThrow('stopping');
  });

  test('of the egress ends what is being sent, and what is asked for later', async () => {
    const { arrived, port } = silent();
    const egress = egressTo('127.0.0.1');
    const post = egress.post(`http://hooks.example.com:${await port}/`, POST);
    const refused = expect(post).rejects.toThrow('closed');
    await arrived;
    await egress.close();
    await refused;
    await expect(egress.post(`http://hooks.example.com:${await port}/`, POST)).rejects.toThrow('closed');
  });
});

describe('over TLS', () => {
  const known = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...known, CERTIFICATE]));
  afterAll(() => setDefaultCACertificates(known));
  const secure = (listener: RequestListener) =>
    serve(createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, listener));

  test('the certificate is asked for under the host’s name, though an address is connected to', async () => {
    let servername: unknown;
    const port = await secure((request, response) => {
      servername = (request.socket as { servername?: string }).servername;
      response.end();
    });
    expect(await egressTo('127.0.0.1').post(`https://hooks.example.com:${port}/`, POST)).toMatchObject({
      statusCode: 200,
    });
    expect(servername).toBe('hooks.example.com');
  });

  test('a certificate for another name is refused, and nothing is sent', async () => {
    let sent = false;
    const port = await secure((_, response) => {
      sent = true;
      response.end();
    });
    for (const host of ['other.example.com', '127.0.0.1'])
      expect(await egressTo('127.0.0.1').post(`https://${host}:${port}/`, POST)).toMatchObject({
        reason: 'tls_failed',
        detail: 'The certificate is for another name.',
      });
    expect(sent).toBe(false);
  });

  test('a certificate of nobody’s is refused, whatever the environment says', async () => {
    setDefaultCACertificates(known);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const port = await secure((_, response) => response.end());
      expect(await egressTo('127.0.0.1').post(`https://hooks.example.com:${port}/`, POST)).toMatchObject({
        reason: 'tls_failed',
        detail: 'No secure connection came about (DEPTH_ZERO_SELF_SIGNED_CERT).',
      });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      setDefaultCACertificates([...known, CERTIFICATE]);
    }
  });

  test('a host that speaks no TLS is told so', async () => {
    const port = await receiver((_, response) => response.end());
    expect(await egressTo('127.0.0.1').post(`https://hooks.example.com:${port}/`, POST)).toMatchObject({
      reason: 'tls_failed',
    });
  });
});
