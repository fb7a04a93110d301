import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

const ORIGIN = 'https://console.example.com';
const OTHER = 'https://evil.example.com';

let api: TestApi;
let open: TestApi;
let client: TestClient;
const environment = process.env.NODE_ENV;
beforeAll(async () => {
  // Where it is not set, Express's own error page would show a stack.
  delete process.env.NODE_ENV;
  api = await startTestApi();
  open = await startTestApi({ CORS_ORIGINS: `${ORIGIN},https://second.example.com`, TRUSTED_PROXIES: '1' });
  client = await open.newClient();
});
afterAll(async () => {
  process.env.NODE_ENV = environment;
  await api.stop();
  await open.stop();
});

const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
/** One of each kind of answer: pages, JSON, problems, redirects, files. */
const ANSWERS: [method: string, path: string, headers?: Record<string, string>][] = [
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/docs/page.js'],
  ['GET', '/docs/assets/swagger-ui.css'],
  ['GET', '/docs/assets/nowhere.css'],
  ['GET', '/admin/login'],
  ['GET', '/admin/queues', { accept: 'text/html' }],
  ['GET', '/admin/queues', ADMIN],
  ['GET', '/admin/queues/api/queues', ADMIN],
  ['GET', '/admin/queues/api/queues'],
  ['GET', '/v1/roles'],
  ['OPTIONS', '/v1/roles'],
  ['DELETE', '/v1/roles'],
  ['POST', '/v1/role-creations'],
  ['GET', '/nowhere'],
  ['GET', '/v1/tasks/%zz/base-info'],
];

const ask = (on: TestApi, method: string, path: string, headers: Record<string, string> = {}) =>
  fetch(on.url + path, { method, headers, redirect: 'manual' });

test.each(ANSWERS)('%s %s has the headers of every answer, and does not say what it is served by', async (...asked) => {
  const { headers } = await ask(api, ...asked);
  expect(headers.get('content-security-policy')).toMatch(/^default-src '(none|self)';.*frame-ancestors 'none'/);
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/),
    'cross-origin-resource-policy': 'same-origin',
    'x-request-id': expect.any(String),
  });
  for (const absent of ['x-powered-by', 'server', 'strict-transport-security', 'access-control-allow-origin'])
    expect([absent, headers.get(absent)]).toEqual([absent, null]);
  expect(headers.get('vary') ?? '').not.toContain('Origin');
});

test('answers that are no pages may load nothing; the pages what they are made of', async () => {
  const policyOf = async (path: string, headers = {}) =>
    (await ask(api, 'GET', path, headers)).headers.get('content-security-policy');
  expect(await policyOf('/v1/roles')).toBe("default-src 'none';frame-ancestors 'none'");
  expect(await policyOf('/docs')).toContain("default-src 'self'");
  expect(await policyOf('/admin/queues', ADMIN)).toMatch(/^default-src 'self';(?!.*script-src)/);
  expect(await policyOf('/admin/login')).toContain("form-action 'self'");
});

describe('pages of other origins', () => {
  test('may read the tenants’ answers and their headers where their origin is listed, problems too', async () => {
    const { apiKey } = client;
    for (const authorization of [`Bearer ${apiKey}`, 'Bearer none']) {
      const { headers } = await ask(open, 'GET', '/v1/roles', { origin: ORIGIN, authorization });
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(headers.get('vary')).toBe('Origin');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      for (const name of [
        'X-Request-Id',
        'Location',
        'RateLimit',
        'RateLimit-Policy',
        'Retry-After',
        'Idempotency-Replayed',
      ])
        expect(headers.get('access-control-expose-headers')?.split(',')).toContain(name);
    }
  });

  const preflight = (on: TestApi, path: string, origin: string) =>
    ask(on, 'OPTIONS', path, {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    });

  test('are told beforehand what an address takes', async () => {
    const { status, headers } = await preflight(open, '/v1/role-creations', ORIGIN);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-methods')?.split(',')).toContain('POST');
    expect(headers.get('access-control-allow-methods')).not.toContain('DELETE');
    expect(headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test.each([OTHER, 'null', `${ORIGIN}.evil.example.com`, 'http://console.example.com', `${ORIGIN}:8443`])(
    'of %s are told nothing',
    async origin => {
      for (const response of [
        await preflight(open, '/v1/role-creations', origin),
        await ask(open, 'GET', '/v1/roles', { origin, authorization: `Bearer ${client.apiKey}` }),
      ])
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test.each(['/admin/queues', '/admin/login', '/livez', '/openapi.json', '/nowhere'])(
    'are told nothing of %s, listed or not',
    async path => {
      for (const response of [
        await preflight(open, path, ORIGIN),
        await ask(open, 'GET', path, { origin: ORIGIN, ...ADMIN }),
      ]) {
        expect(response.status).not.toBe(204);
        expect([...response.headers.keys()].filter(name => name.startsWith('access-control-'))).toEqual([]);
      }
    },
  );

  test('are told nothing at all where no origin is listed', async () => {
    const response = await preflight(api, '/v1/role-creations', ORIGIN);
    expect(await problemOf(response)).toMatchObject({ status: 405 });
    expect([...response.headers.keys()].filter(name => name.startsWith('access-control-'))).toEqual([]);
  });
});

test('behind a proxy, HTTPS is insisted on', async () => {
  expect((await ask(open, 'GET', '/livez')).headers.get('strict-transport-security')).toBe('max-age=31536000');
});

test('what is no request gets a problem, too, with the headers of every answer', async () => {
  const response = await ask(api, 'GET', '/livez', { 'x-large': 'x'.repeat(20_000) });
  expect(response.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
  expect(await problemOf(response)).toMatchObject({ status: 431, code: 'headers_too_large' });
});

describe('what goes wrong shows nothing of the source', () => {
  const PROVOKED: [method: string, path: string, body?: string, headers?: Record<string, string>][] = [
    ['GET', '/docs/assets/%zz'],
    ['GET', '/docs/assets/%00'],
    ['GET', '/docs/assets/..%2f..%2fpackage.json'],
    ['GET', '/docs/assets/%2e%2e/%2e%2e/package.json'],
    ['GET', '/docs/assets/.gitignore'],
    ['GET', '/docs/assets/nowhere.js'],
    ['GET', '/docs/assets/swagger-ui.css', undefined, { range: 'bytes=999999999-' }],
    ['GET', '/docs/assets/swagger-ui.css', undefined, { 'if-match': '"other"' }],
    ['GET', '/%zz'],
    ['GET', '/v1/roles/%ff'],
    ['GET', '/v1/roles?limit=%'],
    ['POST', '/v1/role-creations', '{"a":', { 'content-type': 'application/json' }],
    ['POST', '/v1/role-creations', '{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['POST', '/v1/role-creations', '{}', { 'content-type': 'application/json; charset=klingon' }],
    ['POST', '/v1/role-creations', '{"__proto__":{"toString":1}}', { 'content-type': 'application/json' }],
    ['POST', '/admin/login', `key=${'x'.repeat(10_000)}`, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['POST', '/admin/login', 'key=%zz&key=2', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['POST', '/admin/login', `${'a=1&'.repeat(1_001)}`, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['POST', '/admin/login', 'key=1', { 'content-type': 'application/x-www-form-urlencoded; charset=klingon' }],
    ['GET', '/admin/login', undefined, { cookie: 'roleforge_operator=%%%; roleforge_operator.sig=x' }],
    ['GET', '/admin/queues', undefined, { cookie: 'roleforge_operator=e30; roleforge_operator.sig=x' }],
    ['GET', '/admin/queues/api/queues?activeQueue=nowhere', undefined, ADMIN],
    ['GET', '/admin/queues/api/queues/nowhere/1', undefined, ADMIN],
    ['GET', '/admin/queues/api/queues/role-creation/%00', undefined, ADMIN],
    ['GET', '/admin/queues/%zz', undefined, ADMIN],
    [
      'PUT',
      '/admin/queues/api/queues/role-creation/clean/nonsense',
      '{"a":',
      { ...ADMIN, 'content-type': 'application/json' },
    ],
    ['PUT', '/admin/queues/api/queues/role-creation/pause', '{"a":', { ...ADMIN, 'content-type': 'application/json' }],
  ];

  test.each(PROVOKED)('%s %s', async (...provoked) => {
    const [method, path, body, headers = {}] = provoked;
    const { status, text, type } = await asWritten(method, path, body, {
      authorization: `Bearer ${client.apiKey}`,
      ...headers,
    });
    expect(status).not.toBe(500);
    expect(text).not.toMatch(/\bat .*[/(].*:\d+|node_modules|\.ts\b.*:\d|\/src\/|SyntaxError|<pre>/);
    if (status >= 400 && !path.startsWith('/admin')) expect(type).toMatch(/^application\/problem\+json/);
  });
});

test.each([
  ['UTF-16', 'utf-16le', Buffer.from('{"taskId":"a"}', 'utf16le')],
  ['UTF-7, which hides what it says', 'utf-7', Buffer.from('+AHsAIgB0AGEAcwBrAEkAZAAiADoAIgBhACIAfQ-')],
  ['UTF-8 and something else', 'utf-8; charset=utf-7', Buffer.from('{"taskId":"a"}')],
])('a body in %s is not taken', async (_, charset, body) => {
  const response = await fetch(`${api.url}/v1/role-creations`, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${client.apiKey}`,
      'content-type': `application/json; charset=${charset}`,
    },
  });
  expect(response.status).toBe(415);
  expect((await problemOf(response)).code).toBe('unsupported_media_type');
});

/** Sends a path as it is written: `fetch` would tidy it up. */
function asWritten(method: string, path: string, body: string | undefined, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    text: string;
    type: string | undefined;
  }>();
  const { hostname, port } = new URL(open.url);
  const request = httpRequest({ hostname, port, method, path, headers }, async response => {
    const text = Buffer.concat(await response.toArray()).toString();
    resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] });
  });
  request.on('error', reject).end(body);
  return promise;
}
