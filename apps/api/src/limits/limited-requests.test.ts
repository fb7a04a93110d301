import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newQueuePrefix, startStopwatch } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi } from '../api.fixture.ts';
import { newLimitedClient } from './limited-tenants.fixture.ts';

/** So slow that none comes back while a test runs. */
const SLOW = { requestsPerSecond: 0.001 };

let api: TestApi;
const QUEUE_PREFIX = newQueuePrefix();
beforeAll(async () => {
  api = await startTestApi({ QUEUE_PREFIX });
});
afterAll(() => api.stop());

describe('a tenant with a limit of requests', () => {
  test('gets as many answers as its burst, and 429 for the rest, each with how it stands', async () => {
    const client = await newLimitedClient(api, { ...SLOW, burst: 10 });
    const responses = await Promise.all(Array.from({ length: 100 }, () => client.send('GET', '/v1/role-creations')));
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(90);
    for (const { headers } of responses) expect(headers.get('ratelimit-policy')).toBe('"tenant";q=10;w=10000');
    const [first] = refused as [Response];
    expect(first.headers.get('ratelimit')).toMatch(/^"tenant";r=0;t=\d+$/);
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(900);
    expect(await problemOf(first)).toMatchObject({ code: 'rate_limited', status: 429, instance: '/v1/role-creations' });
  });

  test('is told on answers of every kind, an event stream’s and a problem’s among them', async () => {
    const client = await newLimitedClient(api, { ...SLOW, burst: 10 }, { requestsPerSecond: 1, burst: 5 });
    const { links } = await client.submit({ taskId: 'tea-shop' });
    const stream = await client.send('GET', links.events, undefined, { accept: 'text/event-stream' });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('ratelimit-policy')).toBe('"tenant";q=10;w=10000, "key";q=5;w=5');
    expect(stream.headers.get('ratelimit')).toMatch(/^"tenant";r=8;t=2000, "key";r=[34];t=[12]$/);
    await stream.body?.cancel();
    const missing = await client.send('GET', '/v1/roles/role_00000000000000000000000000');
    expect([missing.status, missing.headers.get('ratelimit')]).toEqual([404, expect.stringContaining('"tenant";r=7;')]);
  });

  test('is refused before its body is looked at', async () => {
    const client = await newLimitedClient(api, { ...SLOW, burst: 1 });
    await client.send('GET', '/v1/role-creations');
    expect((await client.send('POST', '/v1/role-creations', '{"broken')).status).toBe(429);
  });

  test('is limited by all processes together', async () => {
    const other = await startTestApi({ QUEUE_PREFIX });
    try {
      const client = await newLimitedClient(api, { ...SLOW, burst: 20 });
      const there = other.clientOf(client.apiKey);
      let passed = 0;
      for (let n = 0; n < 60; n += 1)
        if ((await (n % 2 === 0 ? client : there).send('GET', '/v1/role-creations')).status === 200) passed += 1;
      // One at a time, each process is behind by no more than the calls that are on their way.
      expect(passed).toBeGreaterThanOrEqual(20);
      expect(passed).toBeLessThanOrEqual(24);
    } finally {
      await other.stop();
    }
  });

  test('one without says nothing of limits', async () => {
    const { headers } = await (await api.newClient()).send('GET', '/v1/role-creations');
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  });

  test('feels a change of the operator’s within two seconds', async () => {
    const client = await newLimitedClient(api, { ...SLOW, burst: 2 });
    const ask = async () => (await client.send('GET', '/v1/role-creations')).status;
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
    const watch = startStopwatch();
    await client.setLimits({});
    while ((await ask()) !== 200);
    expect(watch.stop()).toBeLessThan(2_000);
  });
});
