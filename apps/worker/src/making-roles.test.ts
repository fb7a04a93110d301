import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RoleId, StrategyId } from '@roleforge/contracts';
import { createStrategyStore, findRole } from '@roleforge/db';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

const strategy = (id: string, document: object) =>
  createStrategyStore(workshop.database).putStrategy(workshop.tenantId, id as StrategyId, document as never);

describe('a worker, without a model', () => {
  test('makes the role from the four stored sources', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    await workshop.startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({
      status: 'succeeded',
      step: null,
      attempts: 1,
      roleVersion: 1,
      degraded: [],
      error: null,
      queue: null,
    });
    for (const source of Object.values(creation.sources))
      expect(source).toMatchObject({
        state: 'loaded',
        count: 1,
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        cached: false,
      });
    const role = await findRole(workshop.database, workshop.tenantId, creation.roleId as RoleId);
    expect(role).toMatchObject({
      version: 1,
      locale: 'zh-CN',
      creationId: creation.id,
      profile: { name: '茶小满' },
      writer: { kind: 'template', strategyId: 'default' },
    });
    expect(role?.profile.products).toMatchObject([{ productId: 'p-green' }]);
  });

  test('goes on without optional sources, and names them', async () => {
    await workshop.storeSources('bare', { baseInfo: TEA_SHOP.baseInfo, knowledge: { items: [] } });
    await workshop.startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'bare' }));
    expect(creation).toMatchObject({
      status: 'succeeded',
      degraded: ['talkStyle', 'knowledge', 'products'].map(source => ({ source, reason: 'empty' })),
      sources: {
        baseInfo: { state: 'loaded' },
        talkStyle: { state: 'empty' },
        knowledge: { state: 'empty', count: 0 },
        products: { state: 'empty' },
      },
    });
  });

  test('goes on without an optional source that cannot be read, and says that it failed', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    await workshop.database.knex.schema.dropTable('source_products');
    await workshop.startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
    expect(creation).toMatchObject({
      status: 'succeeded',
      degraded: [{ source: 'products', reason: 'failed' }],
      sources: { products: { state: 'failed' } },
    });
  });

  test('fails for good where there is no base info: the customer’s to mend, and not retried', async () => {
    await workshop.storeSources('nobody', { talkStyle: TEA_SHOP.talkStyle });
    await workshop.startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'nobody' }));
    expect(creation).toMatchObject({
      status: 'failed',
      attempts: 1,
      roleVersion: null,
      error: { code: 'base_info_missing', owner: 'source', retryable: false },
      sources: { baseInfo: { state: 'empty' }, talkStyle: { state: 'loaded' } },
    });
  });

  test('fails where the strategy needs a source that is not there', async () => {
    await strategy('sales', {
      sources: { talkStyle: 'optional', knowledge: 'optional', products: 'required', baseInfo: 'required' },
      structuredOutput: 'prompt',
    });
    await workshop.storeSources('tea-shop', { baseInfo: TEA_SHOP.baseInfo });
    await workshop.startWorker();
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop', strategyId: 'sales' }));
    expect(creation).toMatchObject({ status: 'failed', error: { code: 'products_missing', owner: 'source' } });
  });

  test('uses what came with the request instead of what is stored, source by source', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    await workshop.startWorker();
    const id = await workshop.submit({ taskId: 'tea-shop', sources: { baseInfo: { name: 'Leaf', locale: 'en' } } });
    const creation = await workshop.ended(id);
    expect(creation.sources).toMatchObject({ baseInfo: { state: 'inline' }, talkStyle: { state: 'loaded' } });
    const role = await findRole(workshop.database, workshop.tenantId, creation.roleId);
    expect(role).toMatchObject({ locale: 'en', profile: { name: 'Leaf' } });
    expect(role?.digests).toEqual(expect.not.objectContaining({ baseInfo: expect.anything() }));
  });

  test('adds a version for each creation of one task', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    await workshop.startWorker();
    const ids = await Promise.all(Array.from({ length: 5 }, () => workshop.submit({ taskId: 'tea-shop' })));
    const versions = await Promise.all(ids.map(async id => (await workshop.ended(id)).roleVersion));
    expect(versions.toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  test('takes the most urgent first, and equals in the order of their acceptance', async () => {
    await workshop.storeSources('tea-shop', TEA_SHOP);
    const submitted: [string, string][] = [];
    for (const priority of ['low', 'normal', 'high', 'urgent', 'low', 'urgent'])
      submitted.push([priority, await workshop.submit({ taskId: 'tea-shop', priority })]);
    await workshop.startWorker({ WORKER_CONCURRENCY: '1' });
    const creations = await Promise.all(submitted.map(([, id]) => workshop.ended(id as never)));
    const started = creations.toSorted((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''));
    expect(started.map(creation => creation.priority)).toEqual(['urgent', 'urgent', 'high', 'normal', 'low', 'low']);
    expect(started[0]?.id).toBe(submitted[3]?.[1]);
  });

  test('makes nothing before its time', async () => {
    await workshop.storeSources('later', { baseInfo: TEA_SHOP.baseInfo });
    await workshop.startWorker();
    const runAt = new Date(Date.now() + 700);
    const creation = await workshop.ended(await workshop.submit({ taskId: 'later', runAt: runAt.toISOString() }));
    expect(creation.status).toBe('succeeded');
    expect(Date.parse(creation.startedAt ?? '')).toBeGreaterThanOrEqual(runAt.getTime());
  });
});
