import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { closeRedis, createEventLog, type EventLog, openRedis } from '@roleforge/queue';
import { testServers } from '@roleforge/testkit';
import { startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let api: TestApi;
let client: TestClient;
let log: EventLog;
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  api = await startTestApi();
  client = await api.newClient();
  log = createEventLog(redis, api.queuePrefix);
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
});

const submit = (taskId: string, prefer?: string) =>
  client.send('POST', '/v1/role-creations', { taskId }, prefer === undefined ? {} : { prefer });

/** The creation of this task, as soon as it is committed. */
async function committed(taskId: string): Promise<Creation> {
  for (;;) {
    const response = await client.send('GET', `/v1/role-creations?taskId=${taskId}`);
    const [creation] = ((await response.json()) as { items: Creation[] }).items;
    if (creation !== undefined) return creation;
  }
}

/** Ends a creation in the ledger, and then in its log, as a worker does. */
async function end({ id }: Creation): Promise<void> {
  await api.database.knex('role_creations').where({ id }).update({ status: 'failed', finished_at: new Date() });
  const response = await client.send('GET', `/v1/role-creations/${id}`);
  await log.append(id, { type: 'role_creation.failed', data: await response.json() } as never);
}

describe('Prefer: wait', () => {
  test('a creation that ends in time is the answer', async () => {
    const answer = submit('in-time', 'wait=30');
    const creation = await committed('in-time');
    await end(creation);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=30');
    expect(response.headers.get('location')).toBe(creation.links.self);
    expect(await response.json()).toMatchObject({ id: creation.id, status: 'failed', finishedAt: expect.any(String) });
  });

  test('one that ends without an event is the answer, too, if it had ended by the first look', async () => {
    // Every row ends as it is inserted: no event can be earlier than that.
    await api.database.knex.raw(
      `CREATE TRIGGER ended_at_once BEFORE INSERT ON role_creations FOR EACH ROW
       SET NEW.status = IF(NEW.task_id = 'at-once', 'failed', NEW.status),
           NEW.finished_at = IF(NEW.task_id = 'at-once', NEW.created_at, NEW.finished_at)`,
    );
    try {
      const response = await submit('at-once', 'wait=30');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ taskId: 'at-once', status: 'failed' });
    } finally {
      await api.database.knex.raw('DROP TRIGGER ended_at_once');
    }
  });

  test('one that does not is answered as accepted', async () => {
    const response = await submit('too-late', 'wait=1');
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('wait=1');
    expect(response.headers.get('location')).toMatch(/^\/v1\/role-creations\/rc_/);
    expect(await response.json()).toMatchObject({ taskId: 'too-late', status: 'queued' });
  });

  test.each([
    ['wait=0', 'wait=0'],
    ['respond-async', 'respond-async'],
    ['wait=soon', null],
    ['return=minimal', null],
    [undefined, null],
  ])('%s is answered at once', async (prefer, applied) => {
    const response = await submit('at-once-anyway', prefer);
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe(applied);
  });

  test('it may stand in a header of its own beside others', async () => {
    const body = JSON.stringify({ taskId: 'two-headers' });
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
      const sent = request(`${api.url}/v1/role-creations`, { method: 'POST' }, response => {
        response.resume();
        resolve({ status: response.statusCode, applied: response.headers['preference-applied'] });
      });
      sent.on('error', reject);
      sent.setHeader('Authorization', `Bearer ${client.apiKey}`);
      sent.setHeader('Content-Type', 'application/json');
      sent.setHeader('Prefer', ['return=minimal', 'wait=30']);
      sent.end(body);
    });
    await end(await committed('two-headers'));
    expect(await answer).toEqual({ status: 200, applied: 'wait=30' });
  });
});
