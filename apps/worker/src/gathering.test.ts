import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SOURCE_KINDS, type StrategyId, type TaskId } from '@roleforge/contracts';
import { createSourceStore, createStrategyStore, findRole } from '@roleforge/db';
import { closeRedis, openRedis } from '@roleforge/queue';
import { createSourceInvalidator } from '@roleforge/source-cache';
import { testServers } from '@roleforge/testkit';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
  await workshop.storeSources('tea-shop', TEA_SHOP);
});
afterEach(() => workshop.close());

const create = async (body: object = {}) => workshop.ended(await workshop.submit({ taskId: 'tea-shop', ...body }));

describe('gathering', () => {
  test('a task’s second creation is made from copies', async () => {
    await workshop.startWorker();
    const [first, second] = [await create(), await create()];
    for (const kind of SOURCE_KINDS) {
      expect(first.sources[kind]).toMatchObject({ cached: false, cache: 'miss' });
      expect(second.sources[kind]).toMatchObject({ cached: true, cache: 'memory', digest: first.sources[kind].digest });
    }
    expect(second.status).toBe('succeeded');
  });

  test('what was written by another process is in the next creation', async () => {
    await workshop.startWorker();
    await create();
    const redis = openRedis(testServers().redisUrl, 'worker');
    const invalidator = createSourceInvalidator({ redis, prefix: workshop.prefix });
    const { tenantId } = workshop;
    await createSourceStore(workshop.database).putSource(tenantId, 'tea-shop' as TaskId, 'baseInfo', {
      ...TEA_SHOP.baseInfo,
      name: '茶大满',
    });
    await invalidator.forget(tenantId, 'tea-shop' as TaskId, 'baseInfo');
    const next = await create();
    const role = await findRole(workshop.database, tenantId, next.roleId);
    expect(role?.profile.name).toBe('茶大满');
    expect(next.sources).toMatchObject({ baseInfo: { cached: false }, talkStyle: { cached: true } });
    await invalidator.close();
    await closeRedis(redis);
  });

  test('knowledge that does not fit the strategy’s budget is left out, lightest first, and counted', async () => {
    await workshop.startWorker();
    await createStrategyStore(workshop.database).putStrategy(
      workshop.tenantId,
      'brief' as StrategyId,
      {
        sources: { baseInfo: 'required', talkStyle: 'optional', knowledge: 'optional', products: 'optional' },
        tokenBudgets: { baseInfo: 4_000, talkStyle: 4_000, knowledge: 200, products: 6_000 },
      } as never,
    );
    const item = (id: string, weight: number) => ({
      id,
      title: id,
      content: 'One word after another. '.repeat(15),
      weight,
    });
    await workshop.storeSources('tea-shop', { knowledge: { items: [item('light', 1), item('heavy', 5)] } } as never);
    const creation = await create({ strategyId: 'brief' });
    expect(creation).toMatchObject({
      status: 'succeeded',
      degraded: [{ source: 'knowledge', reason: 'trimmed', leftOut: 1 }],
      sources: { knowledge: { state: 'loaded', count: 2, leftOut: 1 }, products: { tokens: expect.any(Number) } },
    });
    expect(creation.sources.knowledge.tokens).toBeLessThanOrEqual(200);
    const role = await findRole(workshop.database, workshop.tenantId, creation.roleId);
    expect(JSON.stringify(role?.profile.knowledge)).toContain('heavy');
    expect(JSON.stringify(role?.profile.knowledge)).not.toContain('light');
    expect(role?.digests.knowledge).toBe(creation.sources.knowledge.digest);
  });
});
