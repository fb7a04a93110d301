import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listAudit } from '@roleforge/db';
import { closeRedis, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, VIEWER_KEY } from '../api.fixture.ts';
import { logIn } from './operator-session.fixture.ts';

const BOARD = '/admin/queues/api/queues';

let api: TestApi;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  api = await startTestApi({ TRUSTED_PROXIES: '1' });
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
});

/** A login from an address of its own: there may be so many from one in a minute. */
let addresses = 0;
function login(key: string, headers: Record<string, string> = {}): Promise<Response> {
  addresses += 1;
  return fetch(`${api.url}/admin/login`, {
    method: 'POST',
    body: new URLSearchParams({ key }),
    redirect: 'manual',
    headers: { 'x-forwarded-for': `192.0.2.${addresses}`, ...headers },
  });
}

const sessionsInRedis = () => redis.keys(`${api.queuePrefix}:session:*`);

describe('logging in', () => {
  test.each([
    ['the admin key', ADMIN_KEY, 'admin_key'],
    ['the viewer’s key', VIEWER_KEY, 'viewer_key'],
  ])('with %s begins a session that no script and no other site can use, and is noted', async (_, key, id) => {
    const response = await login(key, { 'x-request-id': `req-in-${id}-${process.pid}` });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/admin/queues']);
    const [cookie = '', ...others] = response.headers.getSetCookie();
    expect(others).toEqual([]);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/admin', 'Max-Age=14400'])
      expect(cookie.split('; ')).toContain(attribute);
    expect(cookie).not.toContain(key);
    const { items } = await listAudit(api.database, { action: 'operator.logged_in', limit: 20, before: null });
    expect(items.find(({ requestId }) => requestId === `req-in-${id}-${process.pid}`)?.actor.id).toBe(id);
  });

  test('through a proxy that is believed and says https keeps the cookie to https', async () => {
    const cookieOf = async (headers = {}) => (await login(ADMIN_KEY, headers)).headers.getSetCookie()[0]?.split('; ');
    expect(await cookieOf({ 'x-forwarded-proto': 'https' })).toContain('Secure');
    expect(await cookieOf()).not.toContain('Secure');
  });

  test('with anything else begins none, and says no more to a guess than to another', async () => {
    for (const key of ['', 'guess', `${ADMIN_KEY} `, ADMIN_KEY.slice(0, -1), ADMIN_KEY.toUpperCase()]) {
      const response = await login(key);
      expect([response.status, response.headers.getSetCookie()]).toEqual([401, []]);
      expect(await response.text()).toContain('That is neither of the keys.');
    }
  });

  test('with a body over its size begins none, and says the size', async () => {
    const response = await login('k'.repeat(5_000));
    expect(response.status).toBe(413);
    expect(await problemOf(response)).toMatchObject({
      code: 'payload_too_large',
      detail: 'The body may have at most 4 KiB.',
    });
  });

  test('by another site’s page begins none', async () => {
    for (const [name, value] of [
      ['origin', 'https://evil.example.com'],
      ['sec-fetch-site', 'cross-site'],
    ] as const) {
      const response = await login(ADMIN_KEY, { [name]: value });
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
      expect((await problemOf(response)).code).toBe('forbidden');
    }
  });
});

describe('a session', () => {
  test('is over with the logout, for the cookie that somebody kept as well, and that is noted', async () => {
    const browser = await logIn(api.url, ADMIN_KEY);
    expect((await browser.get(BOARD)).status).toBe(200);
    const foreign = await browser.send('POST', '/admin/logout', { origin: 'https://evil.example.com' });
    expect([foreign.status, (await browser.get(BOARD)).status]).toEqual([403, 200]);
    const out = await browser.send('POST', '/admin/logout', { 'x-request-id': `req-out-${process.pid}` });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/admin/login']);
    expect(out.headers.getSetCookie()[0]).toMatch(/^roleforge_operator=;.*Expires=Thu, 01 Jan 1970/);
    expect((await browser.get(BOARD)).status).toBe(401);
    const { items } = await listAudit(api.database, { action: 'operator.logged_out', limit: 5, before: null });
    expect(items.map(({ requestId }) => requestId)).toContain(`req-out-${process.pid}`);
  });

  test('is over when its time is, though the browser still shows it', async () => {
    const before = new Set(await sessionsInRedis());
    const browser = await logIn(api.url, ADMIN_KEY);
    const [key = ''] = (await sessionsInRedis()).filter(one => !before.has(one));
    const known = JSON.parse((await redis.get(key)) ?? '{}');
    await redis.set(key, JSON.stringify({ ...known, untilMs: Date.now() - 1 }));
    expect((await browser.get(BOARD)).status).toBe(401);
    expect(await redis.exists(key)).toBe(0);
  });

  test('lasts for twenty minutes from its last use on', async () => {
    const before = new Set(await sessionsInRedis());
    const browser = await logIn(api.url, ADMIN_KEY);
    const [key = ''] = (await sessionsInRedis()).filter(one => !before.has(one));
    await redis.pexpire(key, 60_000);
    await browser.get(BOARD);
    expect(await redis.pttl(key)).toBeGreaterThan(19 * 60_000);
    await redis.pexpire(key, 0);
    expect((await browser.get(BOARD)).status).toBe(401);
  });

  test('is over when the key of its role is another', async () => {
    const other = await startTestApi({ QUEUE_PREFIX: api.queuePrefix, ADMIN_API_KEY: 'another-admin-key-of-tests' });
    const [operator, viewer] = [await logIn(api.url, ADMIN_KEY), await logIn(api.url, VIEWER_KEY)];
    const there = async (cookie: string) => (await fetch(other.url + BOARD, { headers: { cookie } })).status;
    expect(await there(viewer.cookie)).toBe(200);
    expect(await there(operator.cookie)).toBe(401);
    await other.stop();
  });

  test('that somebody made up is none', async () => {
    for (const cookie of ['roleforge_operator=x', `roleforge_operator=${'a'.repeat(43)}`, 'roleforge_operator=', 'x=y'])
      expect((await fetch(api.url + BOARD, { headers: { cookie } })).status).toBe(401);
  });
});
