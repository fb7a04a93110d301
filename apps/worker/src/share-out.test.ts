import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '@roleforge/db';
import { silentLogger } from '@roleforge/telemetry';
import { shareOut } from './share-out.ts';
import { openWorkshop, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

const needs = () => ({ ...workshop, log: silentLogger, clock: () => new Date() });
const limit = (limits: object) =>
  workshop.database
    .knex('tenants')
    .where('id', workshop.tenantId)
    .update({ limits: JSON.stringify(limits) });

test('a worker makes what a cap had parked, one after another', async () => {
  await limit({ running: 1 });
  await shareOut(needs());
  await workshop.storeSources('tea', { baseInfo: { name: '茶小满', locale: 'zh-CN', occupation: '茶铺导购' } });
  const ids = [];
  for (let n = 0; n < 4; n += 1) ids.push(await workshop.submit({ taskId: 'tea' }));
  expect(await workshop.queue.bull.getDelayedCount()).toBe(3);
  await workshop.startWorker();
  for (const id of ids) expect(await workshop.ended(id)).toMatchObject({ status: 'succeeded' });
});

test('while MySQL is away the queue goes on with what it was told last', async () => {
  const database = openDatabase({ url: 'mysql://nobody@127.0.0.1:1/none', patienceMs: 500 });
  await shareOut({ ...needs(), database });
  await database.close();
});
