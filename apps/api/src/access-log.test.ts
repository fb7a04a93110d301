import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Logger } from '@roleforge/telemetry';
import { silentLogger } from '@roleforge/telemetry';
import { ADMIN_KEY, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

type Line = { level: string; message: string } & Record<string, unknown>;

const lines: Line[] = [];
const at = (level: string) => (message: string, fields?: object) => void lines.push({ level, message, ...fields });
const log: Logger = { ...silentLogger, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi({ CORS_ORIGINS: 'https://app.example.com' }, log);
  client = await api.newClient();
});
afterAll(() => api.stop());

/** The lines about requests that one request leaves, when it is over. */
async function linesOf(ask: () => Promise<Response>): Promise<Line[]> {
  lines.length = 0;
  await (await ask()).arrayBuffer();
  await eventually(async () => lines.some(({ message }) => message.startsWith('request')), 5_000);
  return lines.filter(({ message }) => message.startsWith('request'));
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(api.url + path, { headers, redirect: 'manual' });

describe('each request has one line', () => {
  test.each<[string, string, () => Promise<Response>, object]>([
    [
      'a call',
      'info',
      () => client.send('POST', '/v1/role-creations', { taskId: 'tea-shop' }),
      { method: 'POST', path: '/v1/role-creations', route: '/v1/role-creations', status: 202 },
    ],
    [
      'a call with an id, and none of its query',
      'info',
      () => client.send('GET', '/v1/roles/role_none?secret=private'),
      { path: '/v1/roles/role_none', route: '/v1/roles/{roleId}', status: 404, code: 'not_found' },
    ],
    ['a method that is not served', 'info', () => client.send('PUT', '/v1/roles'), { status: 405, path: '/v1/roles' }],
    ['an address that is not there', 'info', () => get('/nowhere?x=private'), { status: 404, path: '/nowhere' }],
    ['an operator’s call without a key', 'info', () => get('/admin/v1/system'), { status: 401 }],
    ['the reference', 'info', () => get('/docs'), { path: '/docs', status: 200, bytes: expect.any(Number) }],
    ['a file of it', 'info', () => get('/docs/assets/swagger-ui.css'), { path: '/docs/assets/swagger-ui.css' }],
    ['the login page', 'info', () => get('/admin/login'), { path: '/admin/login', status: 200 }],
    [
      'the board without a session',
      'info',
      () => get('/admin/queues/api/queues'),
      { status: 401, code: 'unauthenticated' },
    ],
    [
      'the board',
      'info',
      () => get('/admin/queues/api/queues?activeQueue=private', { authorization: `Bearer ${ADMIN_KEY}` }),
      { path: '/admin/queues/api/queues', status: 200 },
    ],
    [
      'a question of another origin’s page',
      'info',
      () =>
        fetch(`${api.url}/v1/roles`, {
          method: 'OPTIONS',
          headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' },
        }),
      { method: 'OPTIONS', path: '/v1/roles', status: 204 },
    ],
    ['a look whether it lives', 'debug', () => get('/livez'), { path: '/livez', status: 200 }],
    ['a look whether it is ready', 'debug', () => get('/readyz'), { path: '/readyz', status: 200 }],
  ])('%s, at %s', async (_, level, ask, expected) => {
    const found = await linesOf(ask);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ level, message: 'request', ms: expect.any(Number), ...expected });
    expect(JSON.stringify(found)).not.toContain('private');
  });

  test('with the bytes of its answer’s body', async () => {
    let bytes = 0;
    const [line] = await linesOf(async () => {
      const response = await client.send('GET', '/v1/strategies/default');
      bytes = (await response.clone().arrayBuffer()).byteLength;
      return response;
    });
    expect(line?.bytes).toBe(bytes);
  });

  test('also one that is refused before it is read', async () => {
    lines.length = 0;
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end('no HTTP at all\r\n\r\n');
    await new Promise(resolve => socket.resume().once('close', resolve));
    expect(lines).toMatchObject([
      { level: 'info', message: 'request refused unread', code: 'invalid_request', status: 400 },
    ]);
  });

  test('also one whose caller left', async () => {
    const own = await api.newClient();
    lines.length = 0;
    const gone = new AbortController();
    const asked = fetch(`${api.url}/v1/role-creations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own.apiKey}`, 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({ taskId: 'tea-shop' }),
      signal: gone.signal,
    });
    const waits = async () => {
      const page = (await (await own.send('GET', '/v1/role-creations')).json()) as { items: object[] };
      return page.items.length > 0;
    };
    await eventually(waits, 5_000);
    gone.abort();
    await expect(asked).rejects.toThrow();
    const ofPost = () => lines.filter(({ method }) => method === 'POST');
    await eventually(async () => ofPost().length > 0, 5_000);
    expect(ofPost()).toHaveLength(1);
  });
});
