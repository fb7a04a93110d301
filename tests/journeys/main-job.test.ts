import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Creation, CreationEvent, Role } from '@roleforge/contracts';
import { until, versionsOf } from './journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from './model-journey.fixture.ts';

let journey: ModelJourney;
beforeEach(async () => {
  journey = await beginModelJourney();
});
afterEach(() => journey.close());

describe('the main job, from HTTP to HTTP', () => {
  test('two workers share the work, and every creation ends in one role version', async () => {
    journey.model.always({ kind: 'answer', delayMs: 30 });
    const env = { WORKER_CONCURRENCY: '2' };
    await Promise.all([journey.startModelWorker(env), journey.startModelWorker(env)]);
    const tasks = ['tea-shop', 'outdoor-gear', 'language-coach', 'game-character'];
    const submitted = await Promise.all(Array.from({ length: 24 }, (_, n) => journey.submit(tasks[n % 4] ?? '')));
    const ended = await Promise.all(submitted.map(creation => journey.ended(creation)));

    expect(ended.map(creation => creation.status)).toEqual(ended.map(() => 'succeeded'));
    expect(await versionsOf(journey.database, ended)).toEqual(ended.map(() => 1));
    for (const task of tasks)
      expect(
        ended
          .filter(creation => creation.taskId === task)
          .map(creation => creation.roleVersion)
          .toSorted(),
      ).toEqual([1, 2, 3, 4, 5, 6]);
    const made = () =>
      (['worker-1', 'worker-2'] as const).map(
        name => journey.logOf(name).filter(line => line.message === 'role created').length,
      );
    await until(() => made().reduce((sum, n) => sum + n) === 24);
    expect(Math.min(...made())).toBeGreaterThan(0);
  });

  test('its events are numbered without a gap and end with the creation; the role is as the contract has it', async () => {
    await journey.startWorker();
    const submitted = await journey.submit('tea-shop');
    const events: CreationEvent[] = [];
    for await (const event of journey.events(submitted)) events.push(CreationEvent.parse(event));
    expect(events.map(event => event.id)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(event => (event.type === 'role_creation.progress' ? event.data.step : event.type))).toEqual([
      'role_creation.queued',
      'role_creation.running',
      'gathering',
      'writing',
      'saving',
      'role_creation.succeeded',
    ]);
    const last = Creation.parse(events.at(-1)?.data);
    expect(await (await journey.call('GET', submitted.links.self)).json()).toEqual(last);

    const role = Role.strict().parse(await journey.role(submitted));
    expect(role).toMatchObject({
      version: 1,
      creationId: submitted.id,
      locale: 'zh-CN',
      stale: [],
      aiLabel: { aiGenerated: false },
    });
    const page = await (await journey.call('GET', `${submitted.links.events}?after=4`)).json();
    expect(page).toEqual({ items: events.slice(4), nextCursor: null });
  });

  test('parts of a role that rest on a source changed since are named as stale', async () => {
    await journey.startWorker();
    const creation = await journey.ended(await journey.submit('outdoor-gear'));
    await journey.call('PUT', '/v1/tasks/outdoor-gear/products', { items: [{ id: 'p', name: 'Another stove' }] });
    const { stale } = await journey.role(creation);
    expect(stale).toContain('products');
    expect(stale).not.toContain('background');
  });

  test('each line of the logs names the request, the creation and the tenant, and none holds a key or what a customer wrote', async () => {
    await journey.startModelWorker();
    const creation = await journey.ended(await journey.submit('tea-shop'));
    const logged = () => journey.logOf('worker-1').find(entry => entry.message === 'role created');
    await until(() => logged() !== undefined);
    const line = logged();
    expect(line).toMatchObject({
      requestId: creation.requestId,
      creationId: creation.id,
      tenantId: expect.stringMatching(/^tenant_/),
    });
    const all = JSON.stringify([...journey.logOf('api'), ...journey.logOf('worker-1')]);
    expect(all).toContain(creation.requestId);
    expect(all).not.toContain(journey.apiKey);
    expect(all).not.toMatch(/[\u4e00-\u9fff]/);
  });
});
