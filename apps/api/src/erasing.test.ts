import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Creation, TenantId } from '@roleforge/contracts';
import { createAttemptLedger } from '@roleforge/db';
import { CreationFailure, type Draft, type TakenCreation } from '@roleforge/domain';
import { closeRedis, createEventLog, openCreationQueue, openRedis } from '@roleforge/queue';
import { startTcpProxy, testServers } from '@roleforge/testkit';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';
import { draftWith } from './draft.fixture.ts';

const { databaseUrl, redisUrl } = testServers();
const redis = openRedis(redisUrl, 'worker');
let api: TestApi;
let client: TestClient;
let marker: string;
beforeAll(async () => {
  api = await startTestApi();
  // Its connection to Redis comes up beside the start.
  while ((await fetch(`${api.url}/readyz`)).status !== 200);
});
beforeEach(async () => {
  client = await api.newClient();
  /** What a customer wrote and nobody else did. */
  marker = `Birkengasse ${randomUUID()}`;
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
});

/** A submission with the marker in every place that takes a text. */
const submission = (taskId: string) => ({
  taskId,
  metadata: { note: marker },
  sources: { baseInfo: { name: marker.slice(0, 60), locale: 'de', background: marker } },
});

/** A draft with the marker in its texts. */
const draft = (): Draft => ({
  ...draftWith({
    name: 'Frau Wu',
    tagline: marker,
    description: marker,
    personality: marker,
    background: marker,
    systemPrompt: marker,
    greeting: marker,
  }),
  provenance: { greeting: ['baseInfo'] },
});

/** What a worker does with a creation: takes it, tells of it, and makes its role or fails with a draft in hand. */
async function worked(creation: Creation, outcome: 'succeeded' | 'failed' | 'running', on = api): Promise<void> {
  const [row] = await on.database.knex('role_creations').where('id', creation.id);
  const tenantId: TenantId = row.tenant_id;
  const ledger = createAttemptLedger(on.database);
  const events = createEventLog(redis, on.queuePrefix);
  const result = await ledger.take(tenantId, creation.id);
  if (result.kind !== 'taken') throw new Error(`It could not be taken: ${result.kind}.`);
  const attempt: TakenCreation = result.creation;
  await events.append(creation.id, { type: 'role_creation.section', data: { text: marker } } as never);
  await ledger.written(attempt, draft());
  if (outcome === 'running') return;
  const { taskId, roleId } = attempt;
  const role = { tenantId, taskId, roleId, locale: 'de', draft: draft(), digests: {} };
  if (outcome === 'succeeded')
    await ledger.succeed(attempt, { ...role, strategy: { id: row.strategy_id, version: 1 } });
  else await ledger.fail(attempt, { step: 'saving' }, new CreationFailure('draft_invalid', 'Not good.'));
  await events.append(creation.id, {
    type: `role_creation.${outcome}`,
    data: { ...creation, status: outcome },
  } as never);
}

/** The columns of whatever table, and the keys in Redis, in which a text stands. */
async function placesOf(text: string, on = api): Promise<string[]> {
  const { knex } = on.database;
  const [columns] = await knex.raw(
    `SELECT table_name AS t, column_name AS c FROM information_schema.columns
     WHERE table_schema = DATABASE() AND data_type IN ('char', 'varchar', 'text', 'mediumtext', 'longtext', 'json', 'blob')`,
  );
  const places: string[] = [];
  for (const { t, c } of columns as { t: string; c: string }[]) {
    const [[{ there }]] = await knex.raw('SELECT COUNT(*) AS there FROM ?? WHERE LOCATE(?, ??) > 0', [t, text, c]);
    if (there > 0) places.push(`${t}.${c}`);
  }
  for (const key of await redis.keys(`*${on.queuePrefix}*`))
    if (key.includes(text) || (await contentOf(key)).includes(text)) places.push(key);
  return places.toSorted();
}

async function contentOf(key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1'));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return '';
  }
}

const statusOf = async (method: string, path: string, by = client) => (await by.send(method, path)).status;

describe('deleting a creation', () => {
  test('leaves nothing of what its owner wrote, in MySQL or in Redis', async () => {
    const creation = await client.submit(submission('tea-shop'));
    await worked(creation, 'failed');
    expect(await placesOf(marker)).toEqual(
      expect.arrayContaining([
        `${api.queuePrefix}:events:{${creation.id}}`,
        'role_creations.draft',
        'role_creations.inline_sources',
        'role_creations.metadata',
      ]),
    );
    const response = await client.send('DELETE', creation.links.self);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await placesOf(marker)).toEqual([]);
    for (const path of [creation.links.self, creation.links.events]) expect(await statusOf('GET', path)).toBe(404);
    expect(await (await client.send('GET', '/v1/role-creations')).json()).toMatchObject({ items: [] });
    expect(await statusOf('DELETE', creation.links.self)).toBe(404);
  });

  test('takes the remembered answers along in which it stands, alone or in a batch, and no others', async () => {
    const single = { 'Idempotency-Key': 'single' };
    const batch = { 'Idempotency-Key': 'batch' };
    const alone = (await (
      await client.send('POST', '/v1/role-creations', submission('tea-shop'), single)
    ).json()) as Creation;
    const body = { items: [{ taskId: 'book-shop' }, submission('tea-shop')] };
    const { items } = (await (await client.send('POST', '/v1/role-creations/batch', body, batch)).json()) as {
      items: { creation: Creation }[];
    };
    const second = items[1]?.creation as Creation;
    for (const creation of [alone, second]) await worked(creation, 'failed');
    expect(await placesOf(marker)).toContain('idempotency_keys.answer');
    expect(await statusOf('DELETE', alone.links.self)).toBe(204);
    expect(await placesOf(marker)).toContain('idempotency_keys.answer');
    expect(await statusOf('DELETE', second.links.self)).toBe(204);
    expect(await placesOf(marker)).toEqual([]);
    const again = await client.send('POST', '/v1/role-creations', { taskId: 'tea-shop' }, single);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });

  test('takes its finished job off the queue, and leaves the role that it made', async () => {
    const creation = await client.submit({ taskId: 'tea-shop' });
    const queue = openCreationQueue(redis, api.queuePrefix);
    try {
      while ((await queue.bull.getJob(creation.id)) === undefined);
      await worked(creation, 'succeeded');
      expect(await statusOf('DELETE', creation.links.self)).toBe(204);
      expect(await queue.bull.getJob(creation.id)).toBeUndefined();
    } finally {
      await queue.close();
    }
    const role = await client.send('GET', `/v1/roles/${creation.roleId}`);
    expect(await role.json()).toMatchObject({ version: 1, creationId: creation.id });
  });

  test('is refused while it waits or runs, with what to do instead; cancelled, it can be deleted', async () => {
    const creation = await client.submit(submission('tea-shop'));
    const waits = await problemOf(await client.send('DELETE', creation.links.self));
    expect(waits).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringMatching(/^It is queued: .*cancel it first/),
    });
    const other = await client.submit(submission('tea-shop'));
    await worked(other, 'running');
    const runs = await problemOf(await client.send('DELETE', other.links.self));
    expect(runs).toMatchObject({ status: 409, detail: expect.stringMatching(/^It is running: .*cancel it first/) });
    expect(await statusOf('POST', other.links.cancel)).toBe(202);
    const stops = await problemOf(await client.send('DELETE', other.links.self));
    expect(stops).toMatchObject({ status: 409, detail: expect.stringMatching(/^It is cancelling: .*soon/) });
    expect(await statusOf('POST', creation.links.cancel)).toBe(200);
    expect(await statusOf('DELETE', creation.links.self)).toBe(204);
    // BullMQ's diary, which it cuts short by itself, names the job and says no more of it.
    expect(await placesOf(creation.id)).toEqual([expect.stringMatching(/role-creation:events$/)]);
  });

  test('is its owner’s alone', async () => {
    const creation = await client.submit(submission('tea-shop'));
    await worked(creation, 'failed');
    const stranger = await api.newClient();
    expect(await problemOf(await stranger.send('DELETE', creation.links.self))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await statusOf('GET', creation.links.self)).toBe(200);
    expect(await placesOf(marker)).toContain(`${api.queuePrefix}:events:{${creation.id}}`);
    expect(await statusOf('DELETE', '/v1/role-creations/rc_nonsense')).toBe(404);
  });
});

describe('deleting a role', () => {
  test('leaves nothing of any version, in MySQL or in Redis; its creations stay', async () => {
    const creations: Creation[] = [];
    for (const outcome of ['succeeded', 'succeeded', 'failed'] as const) {
      const creation = await client.submit({ taskId: 'tea-shop' });
      await worked(creation, outcome);
      creations.push(creation);
    }
    const address = `/v1/roles/${creations[0]?.roleId}`;
    expect(await placesOf(marker)).toEqual(
      expect.arrayContaining(['role_creations.draft', 'role_versions.profile', 'role_versions.tagline']),
    );
    const stranger = await api.newClient();
    expect(await statusOf('DELETE', address, stranger)).toBe(404);
    const response = await client.send('DELETE', address);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await placesOf(marker)).toEqual([]);
    for (const path of [address, `${address}/versions`, `${address}/versions/1`])
      expect([path, await statusOf('GET', path)]).toEqual([path, 404]);
    const { items } = (await (await client.send('GET', '/v1/role-creations')).json()) as { items: Creation[] };
    expect(items.map(({ id, status, roleVersion }) => [id, status, roleVersion])).toEqual([
      [creations[2]?.id, 'failed', null],
      [creations[1]?.id, 'succeeded', 2],
      [creations[0]?.id, 'succeeded', 1],
    ]);
    expect(await statusOf('GET', creations[0]?.links.events ?? '')).toBe(200);
    expect(await statusOf('DELETE', address)).toBe(404);
  });

  test('the next creation of its task makes version 1 under the same id', async () => {
    const first = await client.submit({ taskId: 'tea-shop' });
    await worked(first, 'succeeded');
    const address = `/v1/roles/${first.roleId}`;
    expect(await statusOf('DELETE', address)).toBe(204);
    const next = await client.submit({ taskId: 'tea-shop' });
    expect(next.roleId).toBe(first.roleId);
    await worked(next, 'succeeded');
    expect(await (await client.send('GET', address)).json()).toMatchObject({ version: 1, creationId: next.id });
  });
});

describe('while Redis is away', () => {
  let proxy: Awaited<ReturnType<typeof startTcpProxy>>;
  let cutOff: TestApi;
  beforeEach(async () => {
    proxy = await startTcpProxy(redisUrl);
    cutOff = await startTestApi({ DATABASE_URL: databaseUrl, REDIS_URL: proxy.url });
  });
  afterEach(async () => {
    await cutOff.stop();
    await proxy.close();
  });

  test('creations and roles are deleted all the same, and what is left of them expires', async () => {
    const owner = await cutOff.newClient();
    const creation = await owner.submit(submission('tea-shop'));
    await worked(creation, 'succeeded', cutOff);
    proxy.cut();
    expect(await statusOf('DELETE', creation.links.self, owner)).toBe(204);
    expect(await statusOf('GET', creation.links.self, owner)).toBe(404);
    expect(await statusOf('GET', creation.links.events, owner)).toBe(404);
    expect(await statusOf('DELETE', `/v1/roles/${creation.roleId}`, owner)).toBe(204);
    const log = `${cutOff.queuePrefix}:events:{${creation.id}}`;
    expect(await placesOf(marker, cutOff)).toEqual([log]);
    expect(await redis.ttl(log)).toBeGreaterThan(0);
    expect(await redis.ttl(log)).toBeLessThanOrEqual(86_400);
  });
});
