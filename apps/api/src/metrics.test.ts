import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { API_METRICS, SYSTEM_METRICS } from '@roleforge/telemetry';
import { type MetricsText, noteSecret, readMetricsText } from '@roleforge/testkit';
import { ADMIN_KEY, problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
});
afterAll(() => api.stop());

async function readMetrics(): Promise<MetricsText> {
  const response = await fetch(`${api.url}/metrics`);
  expect(response.status).toBe(200);
  return readMetricsText(await response.text());
}

const REQUESTS = 'roleforge_http_server_request_duration_seconds_count';
const requestsOf = (page: MetricsText, http_route: string, http_request_method: string, status: number) =>
  page.value(REQUESTS, { http_route, http_request_method, http_response_status_code: String(status) });

/** Reads the page until it is so: an answer is counted when it has been sent, which may be just after it has been read. */
async function metricsOnce(condition: (page: MetricsText) => boolean): Promise<MetricsText> {
  let page = await readMetrics();
  await eventually(async () => {
    page = await readMetrics();
    return condition(page);
  }, 5_000);
  return page;
}

async function send(method: string, path: string): Promise<number | undefined> {
  const sent = request(api.url + path, { method }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

describe('the page of metrics of an api', () => {
  test('is Prometheus’s text format, and has every metric of the catalogue', async () => {
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { families, value } = readMetricsText(await response.text());
    const names = [...families.keys()];
    expect(names).toEqual(expect.arrayContaining(Object.keys(API_METRICS)));
    // Besides, it may be this one that tells of the system as a whole.
    const others = names.filter(name => !Object.hasOwn(API_METRICS, name) && !name.startsWith('bullmq_'));
    expect(Object.keys(SYSTEM_METRICS)).toEqual(expect.arrayContaining(others));
    expect(value('roleforge_build_info', { service: 'api' })).toBe(1);
    expect(value('roleforge_db_pool_connections', { state: 'pending' })).toBe(0);
  });

  test('answers HEAD as GET, without the text', async () => {
    const response = await fetch(`${api.url}/metrics`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('counts what was accepted, one by one and in batches, and the commits of it', async () => {
    const before = await readMetrics();
    const rise = (after: MetricsText, name: string, labels?: Record<string, string>) =>
      (after.value(name, labels) ?? 0) - (before.value(name, labels) ?? 0);
    await client.submit({ taskId: 'tea-shop', priority: 'urgent' });
    await client.submit({ taskId: 'tea-shop' });
    const keyed = { 'idempotency-key': '"metrics-1"' };
    for (const _ of ['first', 'again']) await client.send('POST', '/v1/role-creations', { taskId: 'tea-shop' }, keyed);
    const items = [{ taskId: 'tea-shop' }, { taskId: 'tea-shop', priority: 'low' }, { taskId: 'not a name' }];
    expect((await client.send('POST', '/v1/role-creations/batch', { items })).status).toBe(202);

    const after = await metricsOnce(page => requestsOf(page, '/v1/role-creations/batch', 'POST', 202) === 1);
    expect(rise(after, REQUESTS, { http_route: '/v1/role-creations', http_request_method: 'POST' })).toBe(4);
    const accepted = 'roleforge_creations_accepted_total';
    const counts = ['urgent', 'high', 'normal', 'low'].map(priority => rise(after, accepted, { priority }));
    expect(counts).toEqual([1, 0, 3, 1]);
    expect(rise(after, 'roleforge_accept_duration_seconds_count', { via: 'single' })).toBe(4);
    expect(rise(after, 'roleforge_accept_duration_seconds_count', { via: 'batch' })).toBe(1);
    expect(rise(after, 'roleforge_accept_duration_seconds_sum')).toBeGreaterThan(0);
    const commits = rise(after, 'roleforge_group_commit_duration_seconds_count');
    expect(commits).toBeGreaterThan(0);
    expect(rise(after, 'roleforge_group_commit_submissions_count')).toBe(commits);
    expect(rise(after, 'roleforge_group_commit_submissions_sum')).toBe(5);
    expect(after.value('roleforge_intake_in_flight')).toBe(0);
  });

  test('counts a call that waits for its role as accepted when it was, not when it is answered', async () => {
    const prefer = { prefer: 'wait=1' };
    const before = await readMetrics();
    const response = await client.send('POST', '/v1/role-creations', { taskId: 'tea-shop' }, prefer);
    expect(response.status).toBe(202);
    const name = 'roleforge_accept_duration_seconds_sum';
    const after = await readMetrics();
    expect((after.value(name) ?? 0) - (before.value(name) ?? 0)).toBeLessThan(0.9);
  });

  test('names a refusal by its code', async () => {
    const before = await readMetrics();
    await client.send('POST', '/v1/role-creations', { taskId: 'not a name' });
    await api.clientOf('rf_live_of_nobody').send('GET', '/v1/roles');
    await client.send('GET', '/v1/nothing/here');
    await client.send('PUT', '/v1/role-creations');
    const after = await readMetrics();
    const rises = (code: string) => {
      const [then, now] = [before, after].map(page => page.value('roleforge_requests_refused_total', { code }) ?? 0);
      return (now ?? 0) - (then ?? 0);
    };
    expect(['invalid_body', 'unauthenticated', 'not_found', 'method_not_allowed'].map(rises)).toEqual([1, 1, 1, 1]);
    expect(after.value('roleforge_requests_refused_total', { code: 'internal_error' })).toBe(0);
  });

  test('has a creation that its owner cancels while it waits among those that have ended', async () => {
    const { id } = await client.submit({ taskId: 'tea-shop' });
    const before = await readMetrics();
    expect((await client.send('POST', `/v1/role-creations/${id}/cancel`)).status).toBe(200);
    const after = await readMetrics();
    const ended = (page: MetricsText) => page.value('roleforge_creations_ended_total', { status: 'cancelled' }) ?? 0;
    expect(ended(after) - ended(before)).toBe(1);
    expect(after.value('roleforge_creation_duration_seconds_count', { status: 'cancelled' })).toBe(ended(after));
  });

  test('has the streams that are open, and how long they took to begin', async () => {
    const { id } = await client.submit({ taskId: 'tea-shop' });
    const leave = new AbortController();
    const stream = await fetch(`${api.url}/v1/role-creations/${id}/events`, {
      headers: { authorization: `Bearer ${client.apiKey}`, accept: 'text/event-stream' },
      signal: leave.signal,
    });
    const open = await readMetrics();
    expect(open.value('roleforge_http_server_event_streams')).toBe(1);
    // The stream, and the question itself.
    expect(open.value('roleforge_http_server_active_requests')).toBe(2);
    expect(requestsOf(open, '/v1/role-creations/{creationId}/events', 'GET', 200)).toBe(1);
    leave.abort();
    await stream.text().catch(() => {});
    const closed = await metricsOnce(page => page.value('roleforge_http_server_event_streams') === 0);
    expect(requestsOf(closed, '/v1/role-creations/{creationId}/events', 'GET', 200)).toBe(1);
  });
});

describe('the series of requests', () => {
  test('have routes as they stand in the table, and names of their own for pages', async () => {
    const { id } = await client.submit({ taskId: 'tea-shop' });
    await client.send('GET', `/v1/role-creations/${id}`);
    await client.send('GET', '/v1/role-creations/rc_of_nobody');
    for (const path of ['/livez', '/READYZ/', '/openapi.json', '/docs', '/docs/assets/swagger-ui.css', '/admin/login'])
      await send('GET', path);
    await send('GET', '/docs/assets/no-such-file.css');
    await send('GET', '/admin/queues/api/queues');
    await send('GET', '/admin/v1/tenants');
    await api.clientOf(ADMIN_KEY).send('GET', '/admin/v1/tenants');
    const page = await metricsOnce(found => requestsOf(found, '/admin/v1/tenants', 'GET', 200) === 1);
    expect(requestsOf(page, '/v1/role-creations/{creationId}', 'GET', 200)).toBe(1);
    expect(requestsOf(page, '/v1/role-creations/{creationId}', 'GET', 404)).toBe(1);
    for (const path of ['/livez', '/readyz', '/openapi.json', '/docs', '/docs/assets', '/admin/login'])
      expect([path, requestsOf(page, path, 'GET', 200)]).toEqual([path, 1]);
    expect(requestsOf(page, '/docs/assets', 'GET', 404)).toBe(1);
    expect(requestsOf(page, '/admin/queues', 'GET', 401)).toBe(1);
    expect(requestsOf(page, '/admin/v1', 'GET', 401)).toBe(1);
  });

  test('do not grow with what callers think up', async () => {
    const nonsense = (n: number) => ['GET', `/v1/made-up-${n}/${'x'.repeat(n)}`] as const;
    await send(...nonsense(1));
    await send('PROPFIND', '/v1/role-creations');
    await send('PROPFIND', '/nowhere');
    await client.send('GET', '/v1/roles/role_made-up');
    const seriesOf = ({ samples }: MetricsText) => samples.filter(({ name }) => name.startsWith(REQUESTS));
    const unmatched = (page: MetricsText) => requestsOf(page, 'unmatched', 'GET', 404) ?? 0;
    const before = await metricsOnce(page => unmatched(page) > 0 && requestsOf(page, 'unmatched', '_OTHER', 404) === 1);
    for (let n = 2; n <= 40; n += 1) await send(...nonsense(n));
    for (const method of ['MKCOL', 'LOCK', 'SEARCH', 'PURGE', 'REPORT']) {
      await send(method, '/v1/role-creations');
      await send(method, `/made-up-${method}`);
    }
    for (let n = 0; n < 10; n += 1) await client.send('GET', `/v1/roles/role_made-up-${n}`);
    // Node's parser knows no such method: it never becomes a request, and is refused all the same.
    expect(await send('FOO', '/v1/role-creations').catch(() => 400)).toBe(400);

    const after = await metricsOnce(
      page => unmatched(page) === unmatched(before) + 39 && requestsOf(page, 'unmatched', '_OTHER', 404) === 6,
    );
    expect(seriesOf(after).map(({ labels }) => labels)).toEqual(seriesOf(before).map(({ labels }) => labels));
    expect(requestsOf(after, '/v1/role-creations', '_OTHER', 405)).toBe(6);
    const values = after.samples.flatMap(({ labels }) => Object.values(labels));
    expect(values.filter(value => value.includes('made-up'))).toEqual([]);
  });
});

describe('with METRICS_API_KEY', () => {
  const KEY = noteSecret('the-key-of-the-metrics-of-the-tests');
  let shut: TestApi;
  beforeAll(async () => {
    shut = await startTestApi({ METRICS_API_KEY: KEY });
  });
  afterAll(() => shut.stop());

  const read = (authorization?: string) =>
    fetch(`${shut.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });

  test('the page is for those who show it, or the admin key', async () => {
    expect((await read(`Bearer ${KEY}`)).status).toBe(200);
    expect((await read(`Bearer ${ADMIN_KEY}`)).status).toBe(200);
  });

  test('everybody else gets 401 as a problem, a tenant’s key too', async () => {
    const { apiKey } = await shut.newClient();
    for (const authorization of [undefined, `Bearer ${KEY}x`, `Basic ${KEY}`, `Bearer ${apiKey}`]) {
      const response = await read(authorization);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer realm="roleforge-metrics"',
      ]);
      expect(await problemOf(response)).toMatchObject({ code: 'unauthenticated', instance: '/metrics' });
    }
    const metrics = readMetricsText(await (await read(`Bearer ${KEY}`)).text());
    expect(metrics.value('roleforge_requests_refused_total', { code: 'unauthenticated' })).toBe(4);
  });
});
