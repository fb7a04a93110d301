import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Creation, type CreationId, type Explanation, Tenant, type TenantId } from '@roleforge/contracts';
import { createAttemptLedger, findPrincipal } from '@roleforge/db';
import { CreationFailure, hashesOf, newCreationId } from '@roleforge/domain';
import { type CreationQueue, closeRedis, createEventLog, openCreationQueue, openRedis } from '@roleforge/queue';
import { shareOutTo } from '@roleforge/steering';
import { testServers } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
let stranger: TestClient;
let watched: CreationQueue;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  api = await startTestApi();
  watched = openCreationQueue(redis, api.queuePrefix);
  client = await api.newClient();
  stranger = await api.newClient();
});
afterAll(async () => {
  await watched.close();
  await api.stop();
  await closeRedis(redis);
});

const CALLS = ['cancel', 'pause', 'resume', 'retry'] as const;
type Call = (typeof CALLS)[number];

const call = (creation: Pick<Creation, 'id'>, name: Call, body?: unknown, by = client) =>
  by.send('POST', `/v1/role-creations/${creation.id}/${name}`, body);
const read = async ({ id }: Pick<Creation, 'id'>) =>
  (await (await client.send('GET', `/v1/role-creations/${id}`)).json()) as Creation;
/** The queue is filled behind the answer. */
async function queued(creation: Creation): Promise<Creation> {
  while (!(await watched.held([creation.id])).has(creation.id));
  return creation;
}
const submit = async (body: object = {}) => queued(await client.submit({ taskId: 'steered', ...body }));
const tenantOf = async ({ apiKey }: TestClient) =>
  (await findPrincipal(api.database, hashesOf(apiKey, []), new Date()))?.principal.tenantId as TenantId;

/** As a worker would take it. */
async function take({ id }: Pick<Creation, 'id'>) {
  const taken = await createAttemptLedger(api.database).take(await tenantOf(client), id);
  if (taken.kind !== 'taken') throw new Error(`It could not be taken: ${taken.kind}.`);
  return taken.creation;
}

async function fail(creation: Creation): Promise<void> {
  const failure = new CreationFailure('base_info_missing', 'There is no base info.');
  await createAttemptLedger(api.database).fail(await take(creation), { step: 'gathering' }, failure);
}

/** What a call answered: its status, and the creation or the problem's code. */
async function answer(response: Response): Promise<[number, string]> {
  if (response.status >= 400) return [response.status, (await problemOf(response)).code];
  const creation = (await response.json()) as Creation;
  expect(Creation.strict().safeParse(creation).error).toBeUndefined();
  return [response.status, creation.status];
}

const STATES = ['scheduled', 'queued', 'held', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled', 'expired'];
const conflict = [409, 'conflict'] as const;

/** What each call answers, state by state. */
const ANSWERS: Record<Call, Record<string, readonly [number, string]>> = {
  cancel: {
    scheduled: [200, 'cancelled'],
    queued: [200, 'cancelled'],
    held: [200, 'cancelled'],
    running: [202, 'cancelling'],
    cancelling: [202, 'cancelling'],
    succeeded: conflict,
    failed: conflict,
    cancelled: [200, 'cancelled'],
    expired: conflict,
  },
  pause: {
    scheduled: [200, 'held'],
    queued: [200, 'held'],
    held: [200, 'held'],
    running: [202, 'running'],
    cancelling: conflict,
    succeeded: conflict,
    failed: conflict,
    cancelled: conflict,
    expired: conflict,
  },
  resume: {
    scheduled: [200, 'scheduled'],
    queued: [200, 'queued'],
    held: [200, 'queued'],
    running: [200, 'running'],
    cancelling: conflict,
    succeeded: conflict,
    failed: conflict,
    cancelled: conflict,
    expired: conflict,
  },
  retry: {
    scheduled: conflict,
    queued: conflict,
    held: conflict,
    running: conflict,
    cancelling: conflict,
    succeeded: conflict,
    failed: [200, 'queued'],
    cancelled: [200, 'queued'],
    expired: [200, 'queued'],
  },
};

describe('steering one creation', () => {
  test.each(CALLS.flatMap(name => STATES.map(status => [name, status] as const)))(
    '%s of one that is %s answers as documented',
    async (name, status) => {
      const creation = await submit();
      await api.database.knex('role_creations').where('id', creation.id).update({ status });
      expect(await answer(await call(creation, name))).toEqual(ANSWERS[name][status]);
      if (name !== 'retry') expect(await answer(await call(creation, name))).toEqual(ANSWERS[name][status]);
    },
  );

  test.each(CALLS)('%s takes no body or an empty one, and no other', async name => {
    const creation = await submit();
    if (name === 'retry') await fail(creation);
    for (const body of ['[]', 'null', '"x"', '{"reason":"none"}'])
      expect(await answer(await call(creation, name, body))).toEqual([400, 'invalid_body']);
    expect(await answer(await call(creation, name, '{'))).toEqual([400, 'invalid_body']);
    const path = `/v1/role-creations/${creation.id}/${name}`;
    const plain = await client.send('POST', path, 'stop', { 'content-type': 'text/plain' });
    expect(await answer(plain)).toEqual([415, 'unsupported_media_type']);
    expect((await call(creation, name, {})).status).toBe(200);
  });

  test.each(CALLS)('%s of another tenant’s, or of one that is not there, finds nothing', async name => {
    const creation = await submit();
    if (name === 'retry') await fail(creation);
    const before = await read(creation);
    expect(await answer(await call(creation, name, undefined, stranger))).toEqual([404, 'not_found']);
    expect(await answer(await call({ id: newCreationId(Date.now()) }, name))).toEqual([404, 'not_found']);
    expect((await call({ id: 'rc_nothing' as CreationId }, name)).status).toBe(404);
    expect(await read(creation)).toEqual(before);
  });

  test('a cancelled one shows a receipt, and is not on the queue any more', async () => {
    const creation = await submit();
    await call(creation, 'cancel');
    expect(await read(creation)).toMatchObject({
      status: 'cancelled',
      queue: null,
      finishedAt: expect.any(String),
      cancellation: { step: null, inputTokens: 0, outputTokens: 0, kept: [] },
    });
    const queue = openCreationQueue(redis, api.queuePrefix);
    expect(await queue.held([creation.id])).toEqual(new Set());
    await queue.close();
  });

  test('one that is held has no place in the queue, and gets one again', async () => {
    const creation = await submit({ priority: 'urgent' });
    await call(creation, 'pause');
    expect(await read(creation)).toMatchObject({ status: 'held', queue: { position: null } });
    await call(creation, 'resume');
    expect((await read(creation)).queue?.position).toEqual(expect.any(Number));
  });

  test('a retried one begins anew under its id, with what it did before in its history', async () => {
    const creation = await submit({ deadlineSeconds: 3_600 });
    await fail(creation);
    expect(await read(creation)).toMatchObject({ status: 'failed', error: { code: 'base_info_missing' } });
    await call(creation, 'retry');
    const again = await read(creation);
    expect(again).toMatchObject({ status: 'queued', attempts: 0, error: null, finishedAt: null });
    expect(again.history).toMatchObject([{ number: 1, outcome: 'failed', step: 'gathering' }]);
    expect(Date.parse(again.deadlineAt ?? '')).toBeGreaterThan(Date.parse(creation.deadlineAt ?? ''));
  });

  test('a retried one can be followed through its second life', async () => {
    const creation = await submit();
    const log = createEventLog(redis, api.queuePrefix);
    await fail(creation);
    await log.append(creation.id, { type: 'role_creation.failed', data: await read(creation) } as never);
    await call(creation, 'retry');
    const response = await client.send('GET', creation.links.events, undefined, { accept: 'text/event-stream' });
    const received: string[] = [];
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      received.push(...[...text.matchAll(/^event: ?role_creation\.(\w+)$/gm)].map(match => match[1] ?? ''));
      // Cancelled in its second life: that is the end.
      if (received.length === 3) await call(creation, 'cancel');
    }
    expect(received).toEqual(['queued', 'failed', 'queued', 'cancelled']);
  });
});

describe('changing the priority', () => {
  const change = (creation: Pick<Creation, 'id'>, body: unknown, by = client) =>
    by.send('PATCH', `/v1/role-creations/${creation.id}`, body);

  test('moves one that waits to its new class', async () => {
    const [low, normal] = [await submit({ priority: 'low' }), await submit()];
    const response = await change(low, { priority: 'urgent' });
    expect([response.status, await response.json()]).toMatchObject([200, { id: low.id, priority: 'urgent' }]);
    const [promoted, other] = [await read(low), await read(normal)];
    expect(promoted).toMatchObject({ priority: 'urgent', status: 'queued' });
    expect(promoted.queue?.position).toBeLessThan(other.queue?.position ?? 0);
  });

  test.each(STATES)('of one that is %s is answered by whether it waits', async status => {
    const creation = await submit();
    await api.database.knex('role_creations').where('id', creation.id).update({ status });
    const waits = ['scheduled', 'queued', 'held'].includes(status);
    expect(await answer(await change(creation, { priority: 'high' }))).toEqual(waits ? [200, status] : conflict);
  });

  test('needs a body of the right shape, and the tenant’s own creation', async () => {
    const creation = await submit();
    for (const body of [{}, { priority: 'soon' }, { priority: 'low', runAt: null }, '[]'])
      expect(await answer(await change(creation, body))).toEqual([400, 'invalid_body']);
    expect(await answer(await change(creation, undefined))).toEqual([415, 'unsupported_media_type']);
    expect(await answer(await change(creation, { priority: 'low' }, stranger))).toEqual([404, 'not_found']);
    expect(await read(creation)).toMatchObject({ priority: 'normal' });
  });
});

describe('explaining a wait', () => {
  const explain = async ({ id }: Pick<Creation, 'id'>) => {
    const response = await client.send('GET', `/v1/role-creations/${id}/explain`);
    expect(response.status).toBe(200);
    return (await response.json()) as Explanation;
  };
  const codes = async (creation: Creation) => (await explain(creation)).reasons.map(({ code }) => code);

  test('names what is waited for, as it changes', async () => {
    const creation = await submit({ priority: 'urgent' });
    expect(await explain(creation)).toMatchObject({
      id: creation.id,
      status: 'queued',
      reasons: [{ code: 'no_worker' }, { code: 'waiting_turn', detail: { position: expect.any(Number) } }],
    });
    await call(creation, 'pause');
    expect(await codes(creation)).toEqual(['held']);
    await call(creation, 'resume');
    await take(creation);
    expect(await codes(creation)).toEqual(['running']);
    await call(creation, 'pause');
    expect(await codes(creation)).toEqual(['running', 'pausing']);
    await call(creation, 'cancel');
    expect(await codes(creation)).toEqual(['cancelling']);
  });

  test('names the time of one that is to run later, and the end of one that has ended', async () => {
    const runAt = new Date(Date.now() + 3_600_000).toISOString();
    expect(await explain(await submit({ runAt }))).toMatchObject({ reasons: [{ code: 'scheduled', until: runAt }] });
    const ended = await submit();
    await call(ended, 'cancel');
    expect(await codes(ended)).toEqual(['ended']);
  });

  test('says so where the queue has lost it', async () => {
    const creation = await submit();
    const queue = openCreationQueue(redis, api.queuePrefix);
    await queue.remove(creation.id);
    await queue.close();
    expect(await codes(creation)).toEqual(['no_worker', 'not_queued']);
  });

  test('names the operator’s limits and switches', async () => {
    const own = await api.newClient();
    const tenantId = await tenantOf(own);
    const ownCodes = async (creation: Creation) => {
      const response = await own.send('GET', creation.links.explain);
      return ((await response.json()) as Explanation).reasons;
    };
    const tenant = () => api.database.knex('tenants').where('id', tenantId);
    await tenant().update({ limits: '{"running":1,"monthlyCostUsd":1}' });
    await shareOutTo({ database: api.database, queue: watched, clock: () => new Date() }, tenantId);
    await queued(await own.submit({ taskId: 'first' }));
    const creation = await queued(await own.submit({ taskId: 'second' }));
    expect(await ownCodes(creation)).toMatchObject([{ code: 'concurrency_cap', detail: { cap: 1 } }]);
    await tenant().update({ limits: '{"monthlyCostUsd":0}' });
    expect(await ownCodes(creation)).toMatchObject([{ code: 'spend_limit', until: expect.any(String) }]);
    await tenant().update({ status: 'suspended' });
    expect(await ownCodes(creation)).toMatchObject([{ code: 'tenant_suspended' }, { code: 'spend_limit' }]);
  });

  test('is for its tenant alone', async () => {
    const { id } = await submit();
    const response = await stranger.send('GET', `/v1/role-creations/${id}/explain`);
    expect(await answer(response)).toEqual([404, 'not_found']);
  });
});

describe('a tenant', () => {
  const ask = (by: TestClient, method: string, path = '', body?: unknown) => by.send(method, `/v1/tenant${path}`, body);

  test('sees itself, and holds and releases all that it has submitted', async () => {
    const own = await api.newClient();
    const other = await submit();
    const creation = await own.submit({ taskId: 'a' });
    const shown = Tenant.strict().parse(await (await ask(own, 'GET')).json());
    expect(shown).toMatchObject({ id: await tenantOf(own), paused: false, pausedAt: null });
    const reasons = async () =>
      ((await (await own.send('GET', creation.links.explain)).json()) as Explanation).reasons.map(({ code }) => code);

    const queue = openCreationQueue(redis, api.queuePrefix);
    // The queue is filled behind the answer; there is no worker here to put aside what comes later.
    while ((await queue.held([creation.id, other.id])).size < 2);

    const paused = await ask(own, 'POST', '/pause');
    expect([paused.status, await paused.json()]).toEqual([
      200,
      { ...shown, paused: true, pausedAt: expect.any(String) },
    ]);
    expect(await reasons()).toEqual(['tenant_paused']);
    const ledger = createAttemptLedger(api.database);
    expect(await ledger.take(shown.id, creation.id)).toEqual({ kind: 'unavailable', status: 'queued' });
    while ((await queue.held([creation.id])).size > 0);
    expect(await queue.held([other.id])).toEqual(new Set([other.id]));

    const second = await ask(own, 'POST', '/pause', {});
    expect(second.status).toBe(200);
    const resumed = await ask(own, 'POST', '/resume', {});
    expect([resumed.status, await resumed.json()]).toEqual([200, shown]);
    while ((await queue.held([creation.id])).size === 0);
    await queue.close();
    expect(await reasons()).toEqual(['no_worker', 'waiting_turn']);
    expect((await ask(own, 'POST', '/resume')).status).toBe(200);
  });

  test.each(['/pause', '/resume'])('%s takes no body or an empty one', async path => {
    for (const body of ['[]', '{"for":"a day"}'])
      expect(await answer(await ask(client, 'POST', path, body))).toEqual([400, 'invalid_body']);
    expect(await (await ask(client, 'GET')).json()).toMatchObject({ paused: false });
  });
});
