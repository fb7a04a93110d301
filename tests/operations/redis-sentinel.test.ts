import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CreationEvent } from '@roleforge/contracts';
import { type RedisSentinels, startRedisSentinels } from '@roleforge/testkit';
import { beginModelJourney, type ModelJourney } from '../journeys/model-journey.fixture.ts';
import { killMasterUnderLoad, notMadeOnce } from './failover.fixture.ts';

let sentinels: RedisSentinels;
let journey: ModelJourney;
beforeAll(async () => {
  sentinels = await startRedisSentinels();
  journey = await beginModelJourney({ redisUrl: sentinels.url });
  journey.model.always({ kind: 'answer', delayMs: 100 });
  const env = { WORKER_CONCURRENCY: '10', WORKER_LOCK_SECONDS: '5' };
  await Promise.all([journey.startModelWorker(env), journey.startModelWorker(env)]);
});
afterAll(async () => {
  await journey.close();
  await sentinels.stop();
});

test('a master that dies under load is replaced by sentinels: all go on being accepted, and every creation is made, once', async () => {
  const { accepted, ended, figures } = await killMasterUnderLoad(journey, () => sentinels.master());
  expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(await notMadeOnce(journey, accepted)).toEqual([]);
  console.info(`Sentinel: ${figures}`);

  const events: CreationEvent[] = [];
  for await (const event of journey.events(await journey.submit('tea-shop'))) events.push(event);
  expect(events.at(-1)?.type).toBe('role_creation.succeeded');
}, 60_000);
