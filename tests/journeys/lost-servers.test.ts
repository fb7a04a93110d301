import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Problem } from '@roleforge/contracts';
import { startStopwatch, startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { beginJourney, type Journey, until, versionsOf } from './journey.fixture.ts';

let journey: Journey;
let mysql: TcpProxy;
let redis: TcpProxy;
beforeEach(async () => {
  [mysql, redis] = await Promise.all([startTcpProxy(testServers().databaseUrl), startTcpProxy(testServers().redisUrl)]);
  journey = await beginJourney({ databaseUrl: mysql.url, redisUrl: redis.url });
});
afterEach(async () => {
  await journey.close();
  await Promise.all([mysql.close(), redis.close()]);
});

const submit = () => journey.call('POST', '/v1/role-creations', { taskId: 'tea-shop' });

describe('MySQL', () => {
  test.each([
    ['refuses connections', () => mysql.cut()],
    ['hangs', () => mysql.freeze()],
  ])(
    '%s: 503 with Retry-After within two seconds, nothing accepted, and all is well when it is back',
    async (_, takeAway) => {
      takeAway();
      const watch = startStopwatch();
      const refused = await submit();
      expect(watch.stop()).toBeLessThan(2_000);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('2');
      expect((await refused.json()) as Problem).toMatchObject({ code: 'unavailable', status: 503 });
      const readiness = await journey.call('GET', '/readyz');
      expect([readiness.status, await readiness.json()]).toMatchObject([
        503,
        { checks: { mysql: 'no answer', redis: 'ok' } },
      ]);

      mysql.restore();
      await until(async () => (await journey.call('GET', '/readyz')).status === 200);
      expect((await submit()).status).toBe(202);
      const { items } = (await (await journey.call('GET', '/v1/role-creations')).json()) as { items: unknown[] };
      expect(items).toHaveLength(1);
    },
  );
});

describe('Redis', () => {
  test.each([
    ['refuses connections', () => redis.cut()],
    ['hangs', () => redis.freeze()],
  ])(
    '%s: still 202, and the role is made, once, when it is back',
    async (_, takeAway) => {
      await journey.startWorker();
      takeAway();
      const watch = startStopwatch();
      const accepted = [await submit(), await submit()];
      expect(watch.stop()).toBeLessThan(2_000);
      expect(accepted.map(response => response.status)).toEqual([202, 202]);
      const creations = await Promise.all(accepted.map(response => response.json() as ReturnType<Journey['submit']>));

      redis.restore();
      const ended = await Promise.all(creations.map(creation => finished(creation.links.self)));
      expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
      expect(await versionsOf(journey.database, creations)).toEqual([1, 1]);
    },
    60_000,
  );
});

/** Events may have been lost with Redis, so the ledger is asked. */
async function finished(address: string): ReturnType<Journey['submit']> {
  let creation: Awaited<ReturnType<Journey['submit']>> | undefined;
  await until(async () => {
    creation = (await (await journey.call('GET', address)).json()) as typeof creation;
    return creation?.finishedAt !== null;
  });
  return creation as NonNullable<typeof creation>;
}
