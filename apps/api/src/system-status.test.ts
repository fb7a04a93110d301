import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SystemStatus } from '@roleforge/contracts';
import { openDatabase } from '@roleforge/db';
import { closeRedis, createWorkforce, openRedis } from '@roleforge/queue';
import { silentLogger } from '@roleforge/telemetry';
import { createTestDatabase, newTenant, startTcpProxy, type TcpProxy, testServers } from '@roleforge/testkit';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { startTestApi, type TestApi } from './api.fixture.ts';
import { eventually } from './eventually.fixture.ts';

let own: Awaited<ReturnType<typeof createTestDatabase>>;
let mysql: TcpProxy;
let toRedis: TcpProxy;
let api: TestApi;
/** Message and incident of each line about one. */
const logged: string[] = [];
const note = (message: string, fields: Record<string, unknown> = {}) => {
  if (fields.incident !== undefined) logged.push(`${message} ${fields.incident}`);
};
const log = { ...silentLogger, warn: note, info: note };
const redis = openRedis(testServers().redisUrl, 'worker');
beforeAll(async () => {
  own = await createTestDatabase(testServers().databaseUrl, { migrated: true });
  [mysql, toRedis] = await Promise.all([startTcpProxy(own.url), startTcpProxy(testServers().redisUrl)]);
  api = await startTestApi(
    {
      DATABASE_URL: mysql.url,
      REDIS_URL: toRedis.url,
      AI_BASE_URL: 'http://gpu-1.internal:8000/v1',
      AI_MODEL: 'scripted-1',
    },
    log,
  );
});
afterAll(async () => {
  await api.stop();
  await closeRedis(redis);
  await Promise.all([mysql.close(), toRedis.close()]);
  await own.drop();
});

const ask = (headers: Record<string, string> = {}) => fetch(`${api.url}/v1/status`, { headers });
const status = async () => SystemStatus.strict().parse(await (await ask()).json());

/** What is told on a stream of the status, until the reader leaves. */
async function* stream(): AsyncGenerator<SystemStatus> {
  const response = await ask({ accept: 'text/event-stream' });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of events ?? []) {
    expect(event).toBe('status');
    yield SystemStatus.parse(JSON.parse(data));
  }
}

async function told(holds: (status: SystemStatus) => boolean): Promise<SystemStatus> {
  for await (const each of stream()) if (holds(each)) return each;
  throw new Error('The stream has ended.');
}

const DOING = {
  phase: 'working',
  version: '9.9.9',
  startedAt: Date.now(),
  concurrency: 8,
  inHand: { gathering: 1, writing: 2, saving: 0 },
  longestMs: 4_000,
  models: [{ provider: 'house', model: 'qwen3' }],
} as const;

describe('GET /v1/status', () => {
  test('needs no key, is never kept, and says how it is', async () => {
    const response = await ask();
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await status()).toMatchObject({
      status: 'operational',
      accepting: true,
      stores: { mysql: 'ok', redis: 'ok' },
      queue: { paused: false, waiting: 0 },
      workers: [],
      redis: { evictionPolicyOk: true },
      incidents: { current: [] },
    });
  });

  test('has 200 streams at most, however many come at once; who wants the headers alone takes none', async () => {
    const leaving = new AbortController();
    const headers = { accept: 'text/event-stream' };
    const ask = (method: string) => fetch(`${api.url}/v1/status`, { method, headers, signal: leaving.signal });
    const askMany = async (method: string) => {
      const answers = await Promise.all(Array.from({ length: 220 }, () => ask(method)));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await askMany('HEAD')).toBe(220);
    expect(await askMany('GET')).toBe(200);
    leaving.abort();
    await eventually(async () => {
      const answer = await fetch(`${api.url}/v1/status`, { headers });
      await answer.body?.cancel();
      return answer.status === 200;
    }, 10_000);
  });

  test('names no address: not that of a provider which has no other name, nor a worker’s host', async () => {
    await createWorkforce(redis, api.queuePrefix).report({
      id: 'host-7:1:a',
      started: 0,
      doing: { ...DOING, models: [] },
    });
    const seen = await told(({ workers }) => workers?.length === 1);
    expect(seen.providers).toEqual([
      { provider: 'default', model: 'scripted-1', breaker: 'closed', openUntil: null, limitedUntil: null },
    ]);
    expect(JSON.stringify(seen)).not.toMatch(/gpu-1|host-7|127\.0\.0\.1/);
    await createWorkforce(redis, api.queuePrefix).leave('host-7:1:a');
  });

  test('as a stream tells of a worker as it comes, and of the models that it can ask', async () => {
    const workforce = createWorkforce(redis, api.queuePrefix);
    const seen = told(({ workers }) => workers?.some(({ version }) => version === '9.9.10') === true);
    await workforce.report({
      id: 'w:1:a',
      started: 0,
      doing: { ...DOING, version: '9.9.10', models: [...DOING.models] },
    });
    const { workers, providers } = await seen;
    expect(workers).toMatchObject([
      { state: 'working', concurrency: 8, inHand: DOING.inHand, longestInHandSeconds: 4 },
    ]);
    expect(providers?.map(({ model }) => model)).toEqual(['scripted-1', 'qwen3']);
    await workforce.leave('w:1:a');
  });

  test('counts what is accepted, and says that nobody takes it', async () => {
    const database = openDatabase({ url: own.url, patienceMs: 10_000 });
    const client = api.clientOf((await newTenant(database)).apiKey);
    await database.close();
    await client.submit({ taskId: 'tea-shop', priority: 'high' });
    const seen = await told(({ incidents, creations }) => incidents.current.length > 0 && creations?.queued === 1);
    expect(seen).toMatchObject({ status: 'degraded', queue: { waiting: 1 }, creations: { queued: 1 } });
    expect(seen.queue?.classes.find(({ priority }) => priority === 'high')).toMatchObject({ waiting: 1 });
    expect(seen.incidents.current).toMatchObject([{ id: 'no_workers', severity: 'critical', endedAt: null }]);
    expect(seen.accept?.latency.p50Ms).toBeGreaterThan(0);
  }, 60_000);

  test.each([
    ['refuses connections', () => toRedis.cut()],
    ['hangs', () => toRedis.freeze()],
  ])(
    'answers 200 while Redis %s, says so, and has it among what was wrong',
    async (_, takeAway) => {
      await told(({ stores }) => stores.redis === 'ok');
      takeAway();
      await eventually(async () => (await status()).stores.redis === 'no_answer', 10_000);
      const away = await status();
      expect(away).toMatchObject({ status: 'degraded', accepting: true, queue: null, workers: null, throughput: null });
      expect(away.creations).not.toBeNull();
      expect(away.incidents.current).toMatchObject([{ id: 'redis_away' }]);
      toRedis.restore();
      const { since } = away.incidents.current[0] ?? {};
      await eventually(async () => {
        const { recent } = (await status()).incidents;
        return recent.some(incident => incident.id === 'redis_away' && incident.since === since);
      }, 15_000);
    },
    60_000,
  );

  test('answers 200 while MySQL is away: nothing is accepted', async () => {
    mysql.cut();
    const down = await told(({ accepting }) => !accepting);
    expect(down).toMatchObject({ status: 'down', stores: { mysql: 'no_answer', redis: 'ok' }, creations: null });
    expect(down.incidents.current.map(({ id }) => id)).toContain('mysql_away');
    mysql.restore();
    await told(({ accepting }) => accepting);
    await eventually(async () => logged.includes('incident over mysql_away'), 10_000);
    const ofMysql = logged.filter(line => line.endsWith(' mysql_away'));
    expect(ofMysql).toEqual(['incident mysql_away', 'incident over mysql_away']);
  }, 60_000);

  test('is documented as open', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, { get: { security: object[]; responses: Record<string, { content: object }> } }>;
    };
    const { security, responses } = document.paths['/v1/status']?.get ?? { security: [{}], responses: {} };
    expect(security).toEqual([]);
    expect(Object.keys(responses[200]?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(Object.keys(responses)).not.toContain('401');
  });
});

describe('the page /status', () => {
  test('shows how it is before any script has run, under a policy that allows nothing from outside', async () => {
    const page = await fetch(`${api.url}/status`);
    const html = await page.text();
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(html).toContain('<strong>');
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\/|style="|\son\w+="/);
    for (const [, asset] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g))
      expect([asset, (await fetch(api.url + asset)).status]).toEqual([asset, 200]);
  });

  test('has all that its scripts import', async () => {
    const asked = new Set(['/status/status-live.js']);
    for (const address of asked) {
      const script = await fetch(api.url + address);
      expect([address, script.status]).toEqual([address, 200]);
      for (const [, name] of (await script.text()).matchAll(/from '\.\/([^']+)'/g)) asked.add(`/status/${name}`);
    }
    expect(asked.size).toBeGreaterThan(2);
  });
});
