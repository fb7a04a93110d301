import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TenantId, UsageReport } from '@roleforge/contracts';
import { createModelCallStore } from '@roleforge/db';
import { newModelCallId } from '@roleforge/domain';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const DAY_MS = 86_400_000;
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);

async function reportOf(client: TestClient, query = ''): Promise<UsageReport> {
  const response = await client.send('GET', `/v1/usage${query}`);
  expect(response.status).toBe(200);
  return UsageReport.strict().parse(await response.json());
}

/** A call of a model, as a worker notes it down. */
async function called(client: TestClient, at: string, { model = 'm-1', costUsd = 0.1 } = {}) {
  const { id } = await client.submit({ taskId: 'tea-shop' });
  const tenant = (await (await client.send('GET', '/v1/tenant')).json()) as { id: TenantId };
  const told = {
    provider: 'house',
    model,
    outcome: 'ok' as const,
    finishReason: 'stop',
    estimated: false,
    answer: '{}',
  };
  const spent = { inputTokens: 100, outputTokens: 40, costUsd };
  await createModelCallStore(api.database).record({
    id: newModelCallId(Date.now()),
    tenantId: tenant.id,
    creationId: id,
    requestHash: 'a'.repeat(64),
    startedAt: new Date(`${at}T23:30:00Z`),
    ms: 10,
    ...told,
    ...spent,
  });
}

describe('the usage report', () => {
  test('is of the last thirty days where nothing is said, and empty where nothing was called', async () => {
    const total = { calls: 0, failedCalls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };
    expect(await reportOf(await api.newClient())).toEqual({ from: dayOf(29), to: dayOf(0), total, days: [] });
  });

  test('adds up the calls of its days, by model, and is the tenant’s own', async () => {
    const client = await api.newClient();
    await called(client, '2031-05-01');
    await called(client, '2031-05-01', { costUsd: 0.2 });
    await called(client, '2031-05-02', { model: 'm-2' });
    await called(client, '2031-05-03');
    const of = { provider: 'house', failedCalls: 0 };
    expect(await reportOf(client, '?from=2031-05-01&to=2031-05-02')).toEqual({
      from: '2031-05-01',
      to: '2031-05-02',
      total: { calls: 3, failedCalls: 0, inputTokens: 300, outputTokens: 120, costUsd: 0.4 },
      days: [
        { ...of, day: '2031-05-01', model: 'm-1', calls: 2, inputTokens: 200, outputTokens: 80, costUsd: 0.3 },
        { ...of, day: '2031-05-02', model: 'm-2', calls: 1, inputTokens: 100, outputTokens: 40, costUsd: 0.1 },
      ],
    });
    const other = await reportOf(await api.newClient(), '?from=2031-05-01&to=2031-05-02');
    expect(other.days).toEqual([]);
  });

  test('goes back from the last day where no first one is said, and may be of a leap year', async () => {
    const client = await api.newClient();
    expect(await reportOf(client, '?to=2031-05-30')).toMatchObject({ from: '2031-05-01', to: '2031-05-30' });
    expect(await reportOf(client, '?from=2028-01-01&to=2028-12-31')).toMatchObject({ days: [] });
  });

  test.each([
    ['days in the wrong order', '?from=2031-05-02&to=2031-05-01', '/query/from'],
    ['more than 366 days', '?from=2027-01-01&to=2028-01-02', '/query/from'],
    ['a day that there is not', '?from=2031-02-30', '/query/from'],
    ['a time', '?from=2031-05-01T00:00:00Z', '/query/from'],
    ['an unknown parameter', '?since=2031-05-01', '/query/since'],
  ])('is refused for %s', async (_, query, pointer) => {
    const response = await (await api.newClient()).send('GET', `/v1/usage${query}`);
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer }],
    });
  });
});
