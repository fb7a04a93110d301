import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BatchResult, type Creation, Tenant } from '@roleforge/contracts';
import { rowsOf } from '@roleforge/db';
import { newCreationId } from '@roleforge/domain';
import { startStopwatch } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi, type TestClient } from '../api.fixture.ts';
import { eventually } from '../eventually.fixture.ts';
import { type LimitedClient, newLimitedClient } from './limited-tenants.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const BODY = { taskId: 'tea-shop' };
const submit = (client: TestClient, headers?: Record<string, string>) =>
  client.send('POST', '/v1/role-creations', BODY, headers);
const batch = (client: TestClient, items: unknown[], headers?: Record<string, string>) =>
  client.send('POST', '/v1/role-creations/batch', { items }, headers);
const statusesOf = (responses: Response[]) => responses.map(({ status }) => status);
const countOf = async ({ tenantId }: LimitedClient) =>
  Number((await rowsOf(api.database.knex, tenantId, 'role_creations').count({ n: '*' }))[0]?.n);
const midnightIn = () => Math.ceil((new Date().setUTCHours(24, 0, 0, 0) - Date.now()) / 1_000);

const until = (holds: () => Promise<boolean>) => eventually(holds, 15_000);

describe('creations a day', () => {
  test('are accepted up to the limit, however many come at once, and the rest is told when to come back', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 10 });
    const responses = await Promise.all(Array.from({ length: 40 }, () => submit(client)));
    expect(statusesOf(responses).filter(status => status === 202)).toHaveLength(10);
    expect(await countOf(client)).toBe(10);
    const refused = responses.find(({ status }) => status === 429) as Response;
    expect(Math.abs(Number(refused.headers.get('retry-after')) - midnightIn())).toBeLessThan(60);
    const problem = await problemOf(refused);
    expect(problem).toMatchObject({ code: 'limit_reached', status: 429 });
    expect(problem.detail).toMatch(
      /^The tenant’s limit `creationsPerDay` of 10 has been reached: there is room again from .*T00:00:00.000Z on\.$/,
    );
    expect(problem.errors).toBeUndefined();
  });

  test('are counted down in the answers, beside the limit of requests', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 2, requestsPerSecond: 1, burst: 10 });
    const answers = [await submit(client), await submit(client), await submit(client)];
    expect(statusesOf(answers)).toEqual([202, 202, 429]);
    for (const [index, { headers }] of answers.entries()) {
      expect(headers.get('ratelimit-policy')).toBe('"tenant";q=10;w=10, "day";q=2;w=86400');
      expect(headers.get('ratelimit')).toMatch(
        new RegExp(`^"tenant";r=\\d+;t=\\d+, "day";r=${[1, 0, 0][index]};t=\\d+$`),
      );
    }
  });

  test('leave room to the first items of a batch, and refuse each of the others alone', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 3 });
    await client.submit(BODY);
    const response = await batch(client, [BODY, { taskId: 7 }, BODY, BODY, BODY]);
    expect(response.status).toBe(202);
    const result = BatchResult.parse(await response.json());
    expect(result.items.map(({ status }) => status)).toEqual([202, 400, 202, 429, 429]);
    expect([result.accepted, result.refused]).toEqual([2, 3]);
    expect(result.items[3]).toMatchObject({
      problem: { code: 'limit_reached', instance: '/v1/role-creations/batch', requestId: expect.any(String) },
    });
    expect(await countOf(client)).toBe(3);
  });

  test('give a repetition its first answer, though it was the one that reached the limit, and do not count it', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 2 });
    const headers = { 'idempotency-key': 'order-1' };
    const atOnce = await Promise.all([submit(client, headers), submit(client, headers), submit(client, headers)]);
    expect(statusesOf(atOnce)).toEqual([202, 202, 202]);
    const ids = await Promise.all(atOnce.map(async response => ((await response.json()) as Creation).id));
    expect(new Set(ids).size).toBe(1);
    expect((await submit(client)).status).toBe(202);
    const again = await submit(client, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(again.headers.get('ratelimit')).toMatch(/^"day";r=0;/);
    expect((await submit(client, { 'idempotency-key': 'order-2' })).status).toBe(429);
    const other = await client.send('POST', '/v1/role-creations', { taskId: 'other' }, headers);
    expect([other.status, (await problemOf(other)).code]).toEqual([422, 'idempotency_key_reused']);
  });

  test('give a batch that comes again its first answer', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 2 });
    const headers = { 'idempotency-key': 'orders' };
    const first = await (await batch(client, [BODY, BODY, BODY], headers)).json();
    const again = await batch(client, [BODY, BODY, BODY], headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(first);
    expect(await countOf(client)).toBe(2);
  });

  test('give back the room of a request that is refused', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 1 });
    expect((await submit(client, { 'idempotency-key': 'x'.repeat(300) })).status).toBe(400);
    expect((await submit(client)).status).toBe(202);
  });

  test('are counted by every process, also those that have been deleted since', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 2 });
    const { items } = BatchResult.parse(await (await batch(client, [BODY, BODY])).json());
    const creations = items.flatMap(item => ('creation' in item ? [item.creation] : []));
    await client.finish(...creations.map(({ id }) => id));
    for (const { links } of creations) expect((await client.send('DELETE', links.self)).status).toBe(204);
    expect(await countOf(client)).toBe(0);
    expect(await (await client.send('GET', '/v1/tenant')).json()).toMatchObject({ usage: { creationsToday: 2 } });
    const another = await startTestApi();
    try {
      expect((await submit(another.clientOf(client.apiKey))).status).toBe(429);
    } finally {
      await another.stop();
    }
  });

  test('may be none', async () => {
    const client = await newLimitedClient(api, { creationsPerDay: 0 });
    expect((await submit(client)).status).toBe(429);
  });
});

describe('waiting creations', () => {
  test('are held to their limit, and there is room again when some have begun', async () => {
    const client = await newLimitedClient(api, { waiting: 2 });
    const [first] = [await client.submit(BODY), await client.submit({ ...BODY, runAt: '2099-01-01T00:00:00Z' })];
    const refused = await submit(client);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    expect((await problemOf(refused)).detail).toContain('`waiting` of 2');
    await client.finish(first.id);
    const watch = startStopwatch();
    await until(async () => (await submit(client)).status === 202);
    expect(watch.stop()).toBeLessThan(2_000);
    expect((await submit(client)).status).toBe(429);
  });

  test('are what a creation that is retried becomes', async () => {
    const client = await newLimitedClient(api, { waiting: 1 });
    const ended = await client.submit(BODY);
    await client.finish(ended.id);
    await until(async () => (await submit(client)).status === 202);
    const refused = await client.send('POST', ended.links.retry);
    expect([refused.status, (await problemOf(refused)).code]).toEqual([429, 'limit_reached']);
    // What could not be retried with room either is told first.
    const { items } = (await (await client.send('GET', '/v1/role-creations?status=queued')).json()) as {
      items: Creation[];
    };
    expect((await client.send('POST', items[0]?.links.retry ?? '')).status).toBe(409);
    expect((await client.send('POST', `/v1/role-creations/${newCreationId(Date.now())}/retry`)).status).toBe(404);
    await client.setLimits({ waiting: 2 });
    await until(async () => (await client.send('POST', ended.links.retry)).status === 200);
    expect((await submit(client)).status).toBe(429);
  });
});

describe('a month’s cost', () => {
  test('that has come to its limit lets nothing more be submitted until the next month', async () => {
    const client = await newLimitedClient(api, { monthlyCostUsd: 5 });
    expect((await submit(client)).status).toBe(202);
    const day = new Date().toISOString().slice(0, 10);
    const spent = { tenant_id: client.tenantId, provider: 'house', model: 'm', share: 0, calls: 1, failed_calls: 0 };
    const tokens = { input_tokens: 1, output_tokens: 1 };
    await api.database.knex('usage_days').insert([
      { ...spent, ...tokens, day, cost_usd: 5 },
      { ...spent, ...tokens, day: '2020-01-01', cost_usd: 70 },
    ]);
    await until(async () => (await submit(client)).status === 429);
    const refused = await submit(client);
    expect((await problemOf(refused)).detail).toMatch(/`monthlyCostUsd` of 5 .* from \d{4}-\d\d-01T00:00:00.000Z on/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(midnightIn() - 60);
    const tenant = Tenant.strict().parse(await (await client.send('GET', '/v1/tenant')).json());
    expect(tenant.usage.monthCostUsd).toBe(5);
  });
});

describe('a tenant', () => {
  test('sees what it uses of its limits', async () => {
    const client = await newLimitedClient(api, { waiting: 9 });
    const creations = [await client.submit(BODY), await client.submit(BODY), await client.submit(BODY)];
    await rowsOf(api.database.knex, client.tenantId, 'role_creations')
      .where('id', creations[0]?.id)
      .update({ status: 'running' });
    expect(await (await client.send('GET', '/v1/tenant')).json()).toMatchObject({
      limits: { waiting: 9 },
      usage: { waiting: 2, running: 1, creationsToday: 3, monthCostUsd: 0 },
    });
  });

  test('feels a limit that the operator sets within two seconds', async () => {
    const client = await newLimitedClient(api, {});
    await client.submit(BODY);
    await client.setLimits({ creationsPerDay: 1 });
    const watch = startStopwatch();
    await until(async () => (await submit(client)).status === 429);
    expect(watch.stop()).toBeLessThan(2_000);
    await client.setLimits({ creationsPerDay: 1_000_000 });
    await until(async () => (await submit(client)).status === 202);
  });
});
