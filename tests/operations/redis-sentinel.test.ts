import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CreationEvent } from '@roleforge/contracts';
import { type RedisSentinels, type ScriptedModel, startRedisSentinels, startScriptedModel } from '@roleforge/testkit';
import { beginJourney, type Journey, until } from '../journeys/journey.fixture.ts';
import { allEnded, notMadeOnce, recoveryMs, submitSteadily } from './failover.fixture.ts';

let sentinels: RedisSentinels;
let model: ScriptedModel;
let journey: Journey;
beforeAll(async () => {
  [sentinels, model] = await Promise.all([startRedisSentinels(), startScriptedModel()]);
  model.always({ kind: 'answer', delayMs: 100 });
  journey = await beginJourney({ redisUrl: sentinels.url });
  const env = { AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', WORKER_CONCURRENCY: '10', WORKER_LOCK_SECONDS: '5' };
  await Promise.all([journey.startWorker(env), journey.startWorker(env)]);
});
afterAll(async () => {
  await journey.close();
  await model.close();
  await sentinels.stop();
});

test('a master that dies under load is replaced by sentinels: all go on being accepted, and every creation is made, once', async () => {
  const load = submitSteadily(journey, 100);
  await until(() => load.accepted.length >= 10);
  const master = await sentinels.master();
  const killedAt = new Date();
  await master.kill();
  await until(async () => (await sentinels.master()).url !== master.url);
  const replacedMs = Date.now() - killedAt.getTime();
  const before = load.accepted.length;
  await until(() => load.accepted.length >= before + 20);
  await load.stop();
  const ended = await allEnded(journey, load.accepted);
  expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  expect(await notMadeOnce(journey, load.accepted)).toEqual([]);
  console.info(
    `Sentinel: the master was replaced after ${replacedMs} ms, the first creation submitted meanwhile was made after ` +
      `${recoveryMs(ended, killedAt)} ms; ${ended.length} accepted, the slowest answer in ${Math.round(load.slowestMs())} ms`,
  );

  const events: CreationEvent[] = [];
  for await (const event of journey.events(await journey.submit('tea-shop'))) events.push(event);
  expect(events.at(-1)?.type).toBe('role_creation.succeeded');
}, 60_000);
