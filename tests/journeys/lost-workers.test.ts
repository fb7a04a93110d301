import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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

const withModel = (more: Record<string, string> = {}) => ({
  AI_BASE_URL: model.url,
  AI_MODEL: 'scripted-1',
  WORKER_LOCK_SECONDS: '2',
  ...more,
});

describe('a worker that is gone', () => {
  test('by SIGKILL in the middle of a creation: another makes the role, and there is exactly one version', async () => {
    model.enqueue({ kind: 'hang' });
    const first = await journey.startWorker(withModel());
    const creation = await journey.submit('tea-shop');
    await model.waitForRequest(1);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    await journey.startWorker(withModel());
    const ended = await journey.ended(creation);
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 2, roleVersion: 1 });
    expect(await versionsOf(journey.database, [ended])).toEqual([1]);
    expect(
      model.requests.map(({ aborted, body }) => [
        aborted,
        /"name": "(.+?)"/.exec(String(body.messages?.at(-1)?.content))?.[1],
      ]),
    ).toEqual([
      [true, '茶小满'],
      [false, '茶小满'],
    ]);
  });

  test('frozen past its lock and then thawed: it changes nothing, and its call is given up, but counted', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', gate });
    const first = await journey.startWorker(withModel());
    const creation = await journey.submit('tea-shop');
    await model.waitForRequest(1);
    process.kill(first.pid, 'SIGSTOP');
    await journey.startWorker(withModel());
    const ended = await journey.ended(creation);
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 2 });
    open();
    process.kill(first.pid, 'SIGCONT');
    await first.stop(10_000);
    expect(await versionsOf(journey.database, [ended])).toEqual([1]);
    const { usage, ...afterwards } = (await (await journey.call('GET', creation.links.self)).json()) as Creation;
    const { usage: before, ...then } = ended;
    expect(afterwards).toEqual(then);
    expect([before.calls, usage.calls]).toEqual([1, 2]);
  });

  test('by SIGTERM under load: it exits 0, and what it had in hand is made by another, each once', async () => {
    model.always({ kind: 'answer', delayMs: 150 });
    const env = withModel({ WORKER_CONCURRENCY: '5', SHUTDOWN_GRACE_SECONDS: '1' });
    const first = await journey.startWorker(env);
    await journey.startWorker(env);
    const submitted = await Promise.all(Array.from({ length: 40 }, () => journey.submit('language-coach')));
    await model.waitForRequest(10);
    await first.stop(10_000);
    expect(await first.ended).toBe('exit code 0');
    const ended = await Promise.all(submitted.map(creation => journey.ended(creation)));
    expect(ended.map(creation => creation.status)).toEqual(ended.map(() => 'succeeded'));
    expect(await versionsOf(journey.database, ended)).toEqual(ended.map(() => 1));
  });
});
