import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { beginJourney, callerOf, type Journey, until } from './journey.fixture.ts';

let journey: Journey;
beforeAll(async () => {
  journey = await beginJourney();
  await journey.startWorker();
}, 60_000);
afterAll(() => journey.close());

type Line = Record<string, unknown>;
const linesOf = (service: 'api' | `worker-${number}`, about: Line): Line[] =>
  journey.logOf(service).filter(line => Object.entries(about).every(([key, value]) => line[key] === value));

const levels = (body: object) => callerOf(journey, journey.adminKey).call('PUT', '/admin/v1/system/log-level', body);

/** How many lines of the processes say that all is well with a creation, or with a look at the api. */
const taken = (worker: `worker-${number}`) => linesOf(worker, { message: 'creation taken' }).length;
const looks = () => linesOf('api', { path: '/livez' }).length;

async function makeRole(): Promise<void> {
  await journey.ended(await journey.submit('tea-shop'));
  await journey.call('GET', '/livez');
}

describe('the logs of the running service', () => {
  test('tell of a creation what each step came to, and nothing that a customer wrote', async () => {
    const note = 'what-only-the-customer-knows';
    const creation = await journey.ended(await journey.submit('tea-shop', { metadata: { note } }));
    await until(() => linesOf('worker-1', { message: 'role created', creationId: creation.id }).length === 1);
    const steps = linesOf('worker-1', { message: 'step finished', creationId: creation.id });
    expect(steps).toMatchObject([
      {
        step: 'gathering',
        level: 'info',
        ms: expect.any(Number),
        sources: { baseInfo: expect.stringMatching(/mysql|redis|memory/) },
      },
      { step: 'writing', writer: 'template', calls: 0, inputTokens: 0, outputTokens: 0 },
      { step: 'saving', roleVersion: creation.roleVersion },
    ]);
    const [accepted] = linesOf('api', {
      message: 'request',
      route: '/v1/role-creations',
      requestId: steps[0]?.requestId,
    });
    expect(accepted).toMatchObject({ method: 'POST', status: 202, bytes: expect.any(Number), level: 'info' });
    const all = JSON.stringify([...journey.logOf('api'), ...journey.logOf('worker-1')]);
    for (const text of [note, '茶']) expect(all).not.toContain(text);
  }, 60_000);

  test('hold as much as the operator says, in all processes, for as long as it says', async () => {
    await makeRole();
    expect([taken('worker-1'), looks()]).toEqual([0, 0]);
    await levels({ level: 'debug', untilSeconds: 60 });
    await until(async () => {
      await makeRole();
      return taken('worker-1') > 0 && looks() > 0;
    });

    await levels({ level: 'error', service: 'worker', untilSeconds: 3 });
    const told = (service: 'api' | 'worker-1') =>
      linesOf(service, { message: 'log level changed' }).map(({ to }) => to);
    await until(() => told('worker-1').length === 3);
    expect(told('worker-1')).toEqual(['debug', 'error', 'as configured']);
    expect(told('api')).toEqual(['debug']);
  }, 60_000);

  test('do so in a process, too, that is started meanwhile', async () => {
    await levels({ level: 'debug', service: 'worker', untilSeconds: 60 });
    await journey.startWorker();
    await until(async () => {
      await makeRole();
      return taken('worker-2') > 0;
    });
    await levels({ level: null });
  }, 60_000);
});
