import { appRoutes } from '@bull-board/api/dist/routes.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JOBS } from '@roleforge/contracts';
import { type Database, listAudit, openDatabase } from '@roleforge/db';
import { newCreationId } from '@roleforge/domain';
import { closeRedis, openAllQueues, openRedis } from '@roleforge/queue';
import { createTestDatabase, newTenant, testServers } from '@roleforge/testkit';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, VIEWER_KEY } from '../api.fixture.ts';
import { eventually } from '../eventually.fixture.ts';
import { type Browser, browserWith, logIn } from './operator-session.fixture.ts';

const BOARD = '/admin/queues';
const { queue: CREATIONS } = JOBS.createRole;

/** The system's switch is for all tenants of a database, so the test has one of its own. */
let own: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let api: TestApi;
let operator: Browser;
let viewer: Browser;
let expired: Browser;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  database = openDatabase({ url: own.url, patienceMs: 10_000 });
  api = await startTestApi({ DATABASE_URL: own.url, WEBHOOK_TARGETS: 'any' });
  operator = await logIn(api.url, ADMIN_KEY);
  viewer = await logIn(api.url, VIEWER_KEY);
  expired = await logIn(api.url, ADMIN_KEY);
  await expired.send('POST', '/admin/logout');
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
  await database.close();
  await own.drop();
});

/** A creation that waits. */
async function waiting() {
  const { tenantId, apiKey } = await newTenant(database);
  const client = api.clientOf(apiKey);
  const { id } = await client.submit({ taskId: 'tea-shop' });
  const read = async () =>
    (await (await client.send('GET', `/v1/role-creations/${id}`)).json()) as { status: string; priority: string };
  return { id, tenantId, client, read, deeds: `${BOARD}/deeds/${CREATIONS}/${id}` };
}

/** Every route that Bull Board has, as requests about a creation. */
function routesOf(jobId: string): { method: string; path: string }[] {
  return appRoutes.api.flatMap(({ method, route }) =>
    [method].flat().flatMap(verb =>
      [route].flat().map(pattern => ({
        method: verb.toUpperCase(),
        path:
          BOARD +
          pattern
            .replace(':queueName', CREATIONS)
            .replace(':jobId', jobId)
            .replace(':queueStatus', 'failed')
            .replace(':schedulerId', 'reconcile'),
      })),
    ),
  );
}

const isLook = ({ method }: { method: string }) => method === 'GET';

describe('every route of Bull Board’s', () => {
  test('that looks is open to the operator and the viewer, and to nobody else', async () => {
    const { id } = await waiting();
    const looks = [
      ...routesOf(id).filter(isLook),
      ...[
        '',
        '/',
        '/queue/role-creation',
        `/queue/role-creation/${id}`,
        '/job-schedulers',
        '/operator-bar.js',
        '/static/favicon.ico',
      ].map(path => ({ method: 'GET', path: BOARD + path })),
    ];
    expect(looks.length).toBeGreaterThan(15);
    for (const { path } of looks) {
      const statuses = async (...browsers: Browser[]) =>
        Promise.all(browsers.map(async browser => (await browser.get(path)).status));
      expect([path, ...(await statuses(operator, viewer))]).toEqual([path, 200, 200]);
      expect([path, ...(await statuses(expired, browserWith(api.url, '')))]).toEqual([path, 401, 401]);
      const byKey = (key: string) => fetch(api.url + path, { headers: { authorization: `Bearer ${key}` } });
      expect([path, (await byKey(VIEWER_KEY)).status, (await byKey('x')).status]).toEqual([path, 200, 401]);
    }
  });

  test('that changes anything is refused to all, and changes nothing', async () => {
    const creation = await waiting();
    const changes = routesOf(creation.id).filter(route => !isLook(route));
    expect(changes.length).toBeGreaterThan(18);
    for (const { method, path } of changes) {
      const refusals = await Promise.all([
        operator.send(method, path),
        api.clientOf(ADMIN_KEY).send(method, path, { force: true, priority: 1, runAt: 1, name: 'x', data: {} }),
        operator.send(method, path, { origin: 'https://evil.example.com' }),
        operator.send(method, path, { 'sec-fetch-site': 'cross-site' }),
        viewer.send(method, path),
        api.clientOf(VIEWER_KEY).send(method, path),
        expired.send(method, path),
        browserWith(api.url, '').send(method, path),
      ]);
      expect([path, ...refusals.map(({ status }) => status)]).toEqual([path, 405, 405, 403, 403, 403, 403, 401, 401]);
      expect((await problemOf(refusals[0] as Response)).code).toBe('method_not_allowed');
      expect((await problemOf(refusals[4] as Response)).code).toBe('forbidden');
    }
    expect(await creation.read()).toMatchObject({ status: 'queued', priority: 'normal' });
    expect((await operator.get(`${BOARD}/api/queues/${CREATIONS}/${creation.id}`)).status).toBe(200);
  });

  test('is on a list of ours, or is not served: one that it comes to have later would not be', async () => {
    const { isLook: listed } = await import('./board-looks.ts');
    for (const { method, route } of appRoutes.api)
      expect([route, listed(String(method), String(route))]).toEqual([route, method === 'get']);
    expect(listed('get', '/api/secrets')).toBe(false);
    expect(listed('post', '/api/queues')).toBe(false);
  });
});

describe('what the board shows', () => {
  test('is all queues, without the board’s own buttons, and jobs without a word of what a customer wrote', async () => {
    const { tenantId, client } = await waiting();
    const secret = 'what only the customer knows';
    await client.send('PUT', '/v1/tasks/tea-shop/base-info', { name: secret, locale: 'en-GB', occupation: secret });
    await client.submit({
      taskId: 'tea-shop',
      sources: { baseInfo: { name: secret, locale: 'en-GB' } },
      metadata: { note: secret },
    });
    const text = await (await operator.get(`${BOARD}/api/queues?activeQueue=${CREATIONS}&jobsPerPage=50`)).text();
    const { queues } = JSON.parse(text) as {
      queues: { name: string; readOnlyMode: boolean; jobs: { data: object }[] }[];
    };
    expect(queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([
      [CREATIONS, true],
      ['bulk-operation', true],
      ['webhook-delivery', true],
      ['maintenance', true],
    ]);
    expect(queues[0]?.jobs.some(({ data }) => 'tenantId' in data && data.tenantId === tenantId)).toBe(true);
    for (const { data } of queues[0]?.jobs ?? [])
      expect(Object.keys(data).sort()).toEqual(['requestId', 'tenantId', 'traceparent', 'version']);
    expect(text).not.toContain(secret);
  });

  test('has no stack and no text of an error, nor data that is none of the catalog’s', async () => {
    const allQueues = openAllQueues(redis, api.queuePrefix);
    const [queue] = allQueues.queues;
    const id = newCreationId(Date.now());
    await queue?.add('create-role', { text: 'what a customer wrote' }, { jobId: id });
    const key = queue?.toKey(id) ?? '';
    await redis.hset(key, { failedReason: 'Duplicate entry private', stacktrace: '["Error: at /srv/secret.ts:1"]' });
    for (const path of [`/api/queues/${CREATIONS}/${id}`, `/api/queues?activeQueue=${CREATIONS}`]) {
      const text = await (await viewer.get(BOARD + path)).text();
      expect(text).toContain(id);
      for (const hidden of ['customer wrote', 'private', 'secret.ts']) expect(text).not.toContain(hidden);
    }
    await allQueues.close();
  });

  test('asks no other host for anything, and runs no script of a page', async () => {
    const page = await operator.get(BOARD, { accept: 'text/html' });
    const html = await page.text();
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(html).toContain('operator-bar.js');
    expect(page.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe-inline/);
  });
});

describe('deeds from the board', () => {
  test('are offered as the ledger allows, carried out through it, and noted', async () => {
    const { id, tenantId, read, deeds } = await waiting();
    expect(await (await operator.get(deeds)).json()).toEqual({
      status: 'queued',
      deeds: ['cancel', 'pause', 'priority-urgent', 'priority-high', 'priority-low'],
    });
    const act = async (deed: string) => {
      const response = await operator.send('POST', `${deeds}/${deed}`, { 'x-request-id': `req-${deed}` });
      return [response.status, ((await response.json()) as { status: string }).status];
    };
    expect(await act('priority-urgent')).toEqual([200, 'queued']);
    expect(await read()).toMatchObject({ status: 'queued', priority: 'urgent' });
    expect(await act('pause')).toEqual([200, 'held']);
    expect(await read()).toMatchObject({ status: 'held' });
    const { items } = await listAudit(database, { tenantId, limit: 10, before: null });
    expect(
      items.map(({ action, target, actor, requestId, remoteAddress }) => [
        action,
        target,
        actor.id,
        requestId,
        remoteAddress,
      ]),
    ).toEqual([
      ['creation.paused', id, 'admin_key', 'req-pause', '127.0.0.1'],
      ['creation.reprioritized', id, 'admin_key', 'req-priority-urgent', '127.0.0.1'],
    ]);
  });

  const priorities = ['priority-urgent', 'priority-high', 'priority-low'];
  test.each([
    [
      'pause',
      'resume',
      { status: 'held', deeds: ['cancel', 'resume', ...priorities] },
      ['creation.paused', 'creation.resumed'],
    ],
    ['cancel', 'retry', { status: 'cancelled', deeds: ['retry'] }, ['creation.cancelled', 'creation.retried']],
  ] as const)('%s takes it off the queue, and can be taken back by %s', async (deed, back, standing, actions) => {
    const { id, tenantId, read, deeds } = await waiting();
    const act = async (what: string) => (await operator.send('POST', `${deeds}/${what}`)).json();
    const jobIs = async () => (await operator.get(`${BOARD}/api/queues/${CREATIONS}/${id}`)).status;
    expect(await act(deed)).toEqual(standing);
    expect(await jobIs()).toBe(404);
    expect(await (await operator.get(deeds)).json()).toEqual(standing);
    expect(await (await viewer.get(deeds)).json()).toEqual({ status: standing.status, deeds: [] });
    expect(await act(back)).toMatchObject({ status: 'queued' });
    expect(await read()).toMatchObject({ status: 'queued' });
    expect(await jobIs()).toBe(200);
    const { items } = await listAudit(database, { tenantId, limit: 10, before: null });
    expect(items.map(({ action, target, actor }) => [action, target, actor.id])).toEqual(
      actions.toReversed().map(action => [action, id, 'admin_key']),
    );
  });

  test('a webhook that waits is sent now, and that is noted', async () => {
    const { tenantId, apiKey } = await newTenant(database);
    const client = api.clientOf(apiKey);
    const made = await client.send('POST', '/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks' });
    const { id: endpointId } = (await made.json()) as { id: string };
    const sent = await client.send('POST', `/v1/webhook-endpoints/${endpointId}/test`);
    const { id } = (await sent.json()) as { id: string };
    const deeds = `${BOARD}/deeds/${JOBS.deliverWebhook.queue}/${id}`;
    await eventually(async () => (await operator.get(deeds)).status === 200, 5_000);
    const standing = { status: 'pending', deeds: ['resend'] };
    expect(await (await operator.get(deeds)).json()).toEqual(standing);
    expect(await (await viewer.get(deeds)).json()).toEqual({ ...standing, deeds: [] });
    const resent = await operator.send('POST', `${deeds}/resend`);
    expect([resent.status, await resent.json()]).toEqual([200, standing]);
    expect((await operator.send('POST', `${deeds}/cancel`)).status).toBe(404);
    const { items } = await listAudit(database, { tenantId, action: 'delivery.redelivered', limit: 5, before: null });
    expect(items).toMatchObject([{ target: id, actor: { kind: 'operator', id: 'admin_key' } }]);
  });

  test('the system is paused, and goes on, by the ledger’s switch', async () => {
    const system = async () => (await (await operator.get(`${BOARD}/deeds`)).json()) as object;
    expect(await system()).toEqual({ status: 'running', deeds: ['pause'] });
    expect((await operator.send('POST', `${BOARD}/deeds/pause`)).status).toBe(200);
    expect(await system()).toEqual({ status: 'paused', deeds: ['resume'] });
    expect(await (await operator.send('POST', `${BOARD}/deeds/resume`)).json()).toMatchObject({ status: 'running' });
  });

  test('are none of the viewer’s, of another origin’s page, of an ended session’s or of nobody’s', async () => {
    const { read, deeds } = await waiting();
    expect(await (await viewer.get(deeds)).json()).toEqual({ status: 'queued', deeds: [] });
    for (const path of [`${deeds}/cancel`, `${BOARD}/deeds/pause`]) {
      const refusals = await Promise.all([
        viewer.send('POST', path),
        api.clientOf(VIEWER_KEY).send('POST', path),
        operator.send('POST', path, { origin: 'https://evil.example.com' }),
        operator.send('POST', path, { origin: 'null' }),
        operator.send('POST', path, { 'sec-fetch-site': 'same-site' }),
        fetch(api.url + path, { method: 'POST', headers: { cookie: operator.cookie } }),
        expired.send('POST', path),
        browserWith(api.url, '').send('POST', path),
      ]);
      expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 401, 401]);
    }
    expect(await read()).toMatchObject({ status: 'queued' });
  });

  test('that there are not are 404, and those that the state forbids 409', async () => {
    const { deeds } = await waiting();
    const statusOf = async (path: string) => (await operator.send('POST', path)).status;
    for (const deed of ['promote', 'remove', 'priority-', 'priority-top', 'resend', 'constructor'])
      expect([deed, await statusOf(`${deeds}/${deed}`)]).toEqual([deed, 404]);
    expect(await statusOf(`${BOARD}/deeds/obliterate`)).toBe(404);
    expect(await statusOf(`${BOARD}/deeds/maintenance/reconcile/cancel`)).toBe(404);
    expect(await statusOf(`${BOARD}/deeds/nothing/at-all/cancel`)).toBe(404);
    expect(await statusOf(`${BOARD}/deeds/${CREATIONS}/${newCreationId(Date.now())}/cancel`)).toBe(404);
    expect((await operator.get(`${BOARD}/deeds/${CREATIONS}/${newCreationId(Date.now())}`)).status).toBe(404);
    expect((await operator.get(`${BOARD}/deeds/${CREATIONS}/x`)).status).toBe(404);
    expect(await statusOf(`${deeds}/resume`)).toBe(409);
    expect(await statusOf(`${deeds}/retry`)).toBe(409);
  });
});
