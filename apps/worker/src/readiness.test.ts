import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { startTcpProxy, testServers } from '@roleforge/testkit';
import { createReadiness, type Finding, whileAnswering } from './readiness.ts';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

const AT = new Date('2031-05-05T12:00:00.000Z');

describe('readiness', () => {
  test('is there between the start and the stop, and says which of them is going on', async () => {
    const readiness = createReadiness({}, () => AT);
    const only = (status: string) => ({ ready: false, status, checks: { worker: { status, since: AT } } });
    expect(await readiness.look()).toEqual(only('starting'));
    readiness.started();
    expect(await readiness.look()).toEqual({ ready: true, status: 'ok', checks: {} });
    readiness.stopping();
    expect(await readiness.look()).toEqual(only('stopping'));
  });

  test('is lost with any of its checks, and the answer says with which and since when', async () => {
    const finding: Finding = { status: 'takes nothing while jobs wait', since: AT };
    const readiness = createReadiness({ redis: async () => null, consuming: async () => finding }, () => AT);
    readiness.started();
    expect(await readiness.look()).toEqual({
      ready: false,
      status: 'not ready',
      checks: { redis: { status: 'ok' }, consuming: finding },
    });
  });

  test('a check that something answers names the time when it was first found not to', async () => {
    let now = AT.getTime();
    const ask = jest.fn<() => Promise<void>>().mockResolvedValue();
    const check = whileAnswering(ask, () => new Date(now));
    expect(await check()).toBeNull();
    ask.mockRejectedValue(new Error('away'));
    expect(await check()).toEqual({ status: 'no answer', since: AT });
    now += 60_000;
    expect(await check()).toEqual({ status: 'no answer', since: AT });
    ask.mockResolvedValue();
    expect(await check()).toBeNull();
  });
});

describe('a worker’s health port', () => {
  let workshop: Workshop;
  beforeEach(async () => {
    workshop = await openWorkshop();
  });
  afterEach(() => workshop.close());

  async function startWithHealth(env: Record<string, string> = {}) {
    const worker = await workshop.startWorker({ WORKER_HEALTH_PORT: '0', ...env });
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${worker.healthPort}${path}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const answers = async (status: number) => {
      for (;;) {
        const answer = await get('/readyz');
        if (answer.status === status) return answer.body;
        await new Promise(resolve => setTimeout(resolve, 100));
      }
    };
    return { worker, get, answers };
  }

  test('says that all is well', async () => {
    const { get } = await startWithHealth();
    expect(await get('/livez')).toEqual({ status: 200, body: { status: 'ok' } });
    const ok = { status: 'ok' };
    expect(await get('/readyz')).toEqual({
      status: 200,
      body: { status: 'ok', checks: { mysql: ok, redis: ok, consuming: ok } },
    });
  });

  test('answers 503 while the worker finishes what it has in hand', async () => {
    await workshop.storeSources('slow', { baseInfo: TEA_SHOP.baseInfo });
    const { worker, get, answers } = await startWithHealth();
    // Its row is locked, so that the attempt cannot end yet.
    const lock = await workshop.database.knex.transaction();
    await lock('source_base_info').where('tenant_id', workshop.tenantId).forUpdate();
    await lock('roles').where('tenant_id', workshop.tenantId).forUpdate();
    const id = await workshop.submit({ taskId: 'slow' });
    while ((await workshop.read(id)).step !== 'saving');
    const stopped = worker.stop();
    expect(await answers(503)).toMatchObject({ status: 'stopping' });
    expect((await get('/livez')).status).toBe(200);
    await lock.rollback();
    await stopped;
    expect((await workshop.ended(id)).status).toBe('succeeded');
  });

  test('old connections that fall silent for ever are told of, and made anew: the worker takes jobs again', async () => {
    const { redisUrl } = testServers();
    const proxy = await startTcpProxy(redisUrl);
    try {
      await workshop.storeSources('tea-shop', TEA_SHOP);
      const { worker, answers } = await startWithHealth({ REDIS_URL: proxy.url });
      await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }));
      proxy.freeze();
      proxy.forget();
      const id = await workshop.submit({ taskId: 'tea-shop' });
      expect(await answers(503)).toMatchObject({ status: 'not ready' });
      expect((await workshop.ended(id)).status).toBe('succeeded');
      expect(await answers(200)).toMatchObject({ status: 'ok' });
      await worker.stop();
    } finally {
      await proxy.close();
    }
  }, 90_000);
});
