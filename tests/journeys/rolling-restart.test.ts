import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { beginJourney, type Journey, versionsOf } from './journey.fixture.ts';

let journey: Journey;
let model: ScriptedModel;
beforeEach(async () => {
  [journey, model] = await Promise.all([beginJourney(), startScriptedModel()]);
});
afterEach(async () => {
  await journey.close();
  await model.close();
});

test('a rolling restart under load loses nothing, repeats nothing, and pays for nothing twice', async () => {
  model.always({ kind: 'answer', delayMs: 200 });
  const env = { AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', WORKER_CONCURRENCY: '5', SHUTDOWN_GRACE_SECONDS: '10' };
  const old = [await journey.startWorker(env), await journey.startWorker(env)];
  const submitted: Creation[] = [];
  const submit = async (count: number) => {
    submitted.push(...(await Promise.all(Array.from({ length: count }, () => journey.submit('language-coach')))));
  };
  await submit(40);
  for (const [index, worker] of old.entries()) {
    await model.waitForRequest(10 * (index + 1));
    await journey.startWorker(env);
    const stopped = worker.stop(20_000);
    await submit(20);
    await stopped;
    expect(await worker.ended).toBe('exit code 0');
  }
  const ended = await Promise.all(submitted.map(creation => journey.ended(creation)));
  expect(new Set(ended.map(({ status, attempts }) => `${status} after ${attempts}`))).toEqual(
    new Set(['succeeded after 1']),
  );
  expect(await versionsOf(journey.database, ended)).toEqual(ended.map(() => 1));
  expect(model.requests).toHaveLength(submitted.length);
}, 60_000);
