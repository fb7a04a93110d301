import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { versionsOf } from './journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from './model-journey.fixture.ts';

let journey: ModelJourney;
beforeEach(async () => {
  journey = await beginModelJourney();
});
afterEach(() => journey.close());

test('a rolling restart under load loses nothing, repeats nothing, and pays for nothing twice', async () => {
  journey.model.always({ kind: 'answer', delayMs: 200 });
  const env = { WORKER_CONCURRENCY: '5', SHUTDOWN_GRACE_SECONDS: '10' };
  const old = [await journey.startModelWorker(env), await journey.startModelWorker(env)];
  const submitted: Creation[] = [];
  const submit = async (count: number) => {
    submitted.push(...(await Promise.all(Array.from({ length: count }, () => journey.submit('language-coach')))));
  };
  await submit(40);
  for (const [index, worker] of old.entries()) {
    await journey.model.waitForRequest(10 * (index + 1));
    await journey.startModelWorker(env);
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
  expect(journey.model.requests).toHaveLength(submitted.length);
}, 60_000);
