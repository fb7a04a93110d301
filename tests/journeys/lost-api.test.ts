import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BatchResult, Creation } from '@roleforge/contracts';
import { beginJourney, type Journey, until } from './journey.fixture.ts';

let journey: Journey;
beforeEach(async () => {
  journey = await beginJourney();
});
afterEach(() => journey.close());

type Request = { path: string; key: string; body: object };

/** One attempt at a request; null where no answer came. */
async function attempt({ path, key, body }: Request): Promise<{ status: number; text: string } | null> {
  try {
    const response = await journey.call('POST', path, body, { 'idempotency-key': key });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

const creationsOf = async (taskId: string): Promise<string[]> =>
  (await journey.database.knex('role_creations').where('task_id', taskId).pluck('id')).toSorted();

describe('an api that is gone', () => {
  test('by SIGKILL among requests with keys: each is repeated until it is answered, and made once', async () => {
    const requests = Array.from({ length: 200 }, (_, n): Request => {
      const item = { taskId: 'tea-shop', metadata: { n: String(n) } };
      return n % 20 === 0
        ? { path: '/v1/role-creations/batch', key: `batch-${n}`, body: { items: Array(50).fill(item) } }
        : { path: '/v1/role-creations', key: `single-${n}`, body: item };
    });
    let killed = false;
    const before = await Promise.all(
      requests.map(async request => {
        const answer = await attempt(request);
        // At the first answer the others are on their way: some committed and not answered, some not begun.
        if (!killed) killed = process.kill(journey.api().pid, 'SIGKILL');
        return answer;
      }),
    );
    await journey.api().ended;
    expect(before.filter(answer => answer === null).length).toBeGreaterThan(0);
    await journey.restartApi();

    const after = await Promise.all(
      requests.map(async request => {
        let answer: Awaited<ReturnType<typeof attempt>> = null;
        await until(async () => {
          answer = await attempt(request);
          return answer?.status === 202;
        });
        return (answer as unknown as { text: string }).text;
      }),
    );
    for (const [n, answer] of before.entries()) if (answer?.status === 202) expect(after[n]).toBe(answer.text);
    const promised = after.flatMap(text => {
      const answer = JSON.parse(text) as Creation | BatchResult;
      return 'items' in answer
        ? answer.items.map(item => (item.status === 202 ? item.creation.id : 'refused'))
        : [answer.id];
    });
    expect(promised).toHaveLength(190 + 10 * 50);
    expect(await creationsOf('tea-shop')).toEqual(promised.toSorted());
  }, 60_000);

  test('by SIGKILL right after one request was sent: the repetition is answered, the role is made, and it is the only one', async () => {
    const request = { path: '/v1/role-creations', key: 'the-one', body: { taskId: 'language-coach' } };
    const unheard = attempt(request);
    await until(async () => (await creationsOf('language-coach')).length > 0);
    process.kill(journey.api().pid, 'SIGKILL');
    await Promise.all([unheard, journey.api().ended]);
    await journey.restartApi();
    await journey.startWorker();
    const answer = await attempt(request);
    expect(answer?.status).toBe(202);
    const creation = Creation.parse(JSON.parse(answer?.text ?? ''));
    expect(await journey.ended(creation)).toMatchObject({ status: 'succeeded', roleVersion: 1 });
    expect(await creationsOf('language-coach')).toEqual([creation.id]);
  }, 60_000);
});
