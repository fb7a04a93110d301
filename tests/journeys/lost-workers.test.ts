import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { versionsOf } from './journey.fixture.ts';
import { beginModelJourney, type ModelJourney } from './model-journey.fixture.ts';

let journey: ModelJourney;
beforeEach(async () => {
  journey = await beginModelJourney();
});
afterEach(() => journey.close());

/** The lock outlasts what a busy machine may hold a worker up for. */
const startWorker = (more: Record<string, string> = {}) =>
  journey.startModelWorker({ WORKER_LOCK_SECONDS: '5', ...more });

describe('a worker that is gone', () => {
  test('by SIGKILL in the middle of a creation: another makes the role, and there is exactly one version', async () => {
    journey.model.enqueue({ kind: 'hang' });
    const first = await startWorker();
    const creation = await journey.submit('tea-shop');
    await journey.model.waitForRequest(1);
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    await startWorker();
    const ended = await journey.ended(creation);
    expect(ended).toMatchObject({ status: 'succeeded', attempts: 2, roleVersion: 1 });
    expect(await versionsOf(journey.database, [ended])).toEqual([1]);
    expect(
      journey.model.requests.map(({ aborted, body }) => [
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
    journey.model.enqueue({ kind: 'answer', gate });
    const first = await startWorker();
    const creation = await journey.submit('tea-shop');
    await journey.model.waitForRequest(1);
    process.kill(first.pid, 'SIGSTOP');
    await startWorker();
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
    journey.model.always({ kind: 'answer', delayMs: 150 });
    const env = { WORKER_CONCURRENCY: '5', SHUTDOWN_GRACE_SECONDS: '1' };
    const first = await startWorker(env);
    await startWorker(env);
    const submitted = await Promise.all(Array.from({ length: 40 }, () => journey.submit('language-coach')));
    await journey.model.waitForRequest(10);
    await first.stop(10_000);
    expect(await first.ended).toBe('exit code 0');
    const ended = await Promise.all(submitted.map(creation => journey.ended(creation)));
    expect(ended.map(creation => creation.status)).toEqual(ended.map(() => 'succeeded'));
    expect(await versionsOf(journey.database, ended)).toEqual(ended.map(() => 1));
  });
});
