import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureCode } from '@roleforge/contracts';
import { type ConfiguredModel, CreationFailure, type ModelProvider, ProviderBusy } from '@roleforge/domain';
import { connectTestRedis, newQueuePrefix, startTcpProxy, testServers } from '@roleforge/testkit';
import { createProviderGate } from './provider-gate.ts';
import { providerKey } from './provider-state.ts';

type Connection = Awaited<ReturnType<typeof connectTestRedis>>;

let prefix: string;
let connections: Connection[];
/** Before anything was asked of the gates. */
let begunAt: number;
beforeEach(() => {
  begunAt = Date.now();
  prefix = newQueuePrefix();
  connections = [];
});
afterEach(() => {
  for (const redis of connections) redis.disconnect();
});

const MODEL: ConfiguredModel = { provider: 'house', model: 'm-1', price: null };
const OTHER: ConfiguredModel = { ...MODEL, model: 'm-2' };

async function connect(url?: string): Promise<Connection> {
  const redis = await connectTestRedis(url);
  connections.push(redis);
  return redis;
}

/** A worker's gate, with a connection of its own. */
async function aGate(limits: Partial<ModelProvider> = {}, redis?: Connection, onTrouble?: (error: unknown) => void) {
  const provider = { name: 'house', baseUrl: 'http://127.0.0.1', apiKey: null, streaming: false };
  const house = { ...provider, requestsPerMinute: null, tokensPerMinute: null, ...limits };
  return createProviderGate({
    redis: redis ?? (await connect()),
    prefix,
    catalog: { providers: [house], models: [MODEL, OTHER] },
    clock: () => new Date(),
    random: () => 0,
    ...(onTrouble === undefined ? {} : { onTrouble }),
  });
}

type Gate = Awaited<ReturnType<typeof aGate>>;

/** Null where the call is let in, else why it is not. */
const entering = (gate: Gate, tokens = 1, model = MODEL): Promise<ProviderBusy | null> =>
  gate
    .enter(model, () => tokens)
    .then(
      () => null,
      error => {
        if (error instanceof ProviderBusy) return error;
        throw error;
      },
    );

const failed = (code: FailureCode, retryAfterMs?: number) =>
  new CreationFailure(code, 'It failed.', retryAfterMs === undefined ? {} : { retryAfterMs });

async function report(gate: Gate, failure: CreationFailure | null, times = 1, model = MODEL): Promise<void> {
  for (let time = 0; time < times; time += 1) await gate.report(model, failure);
}

/** How long a call is told to wait, in milliseconds, and in any case not less: what has passed since the beginning is in it. */
const waitOf = (busy: ProviderBusy | null) => (busy?.until.getTime() ?? 0) - begunAt;
/** How long it still has to wait. */
const leftOf = (busy: ProviderBusy | null) => (busy?.until.getTime() ?? 0) - Date.now();

/** Ends a wait before its time. */
async function forget(...names: string[]): Promise<void> {
  const redis = await connect();
  for (const name of names) await redis.del(`${providerKey(prefix, 'house')}:${name}`);
}

describe('a limit of calls a minute', () => {
  test('lets calls in at an even pace over all workers, and gives the others one turn after another', async () => {
    const gates = await Promise.all([1, 2, 3].map(() => aGate({ requestsPerMinute: 600 })));
    const begun = performance.now();
    const times: number[] = [];
    const all = Array.from({ length: 30 }, async (_, index) => {
      const busy = await entering(gates[index % 3] as Gate);
      if (busy === null) times.push(performance.now() - begun);
      return busy;
    });
    const refused = (await Promise.all(all)).filter(busy => busy !== null);
    // A second's worth may wait here; a turn that this busy process misses is not made up for.
    expect(times.length).toBeLessThanOrEqual(10);
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...times)).toBeGreaterThan(900);
    const turns = refused.map(({ until }) => until.getTime()).toSorted((a, b) => a - b);
    const gaps = turns.slice(1).map((turn, index) => turn - (turns[index] as number));
    // Each gate tells it by its own clock, some milliseconds after Redis has answered.
    expect(Math.min(...gaps)).toBeGreaterThan(40);
    expect((turns.at(-1) as number) - (turns[0] as number)).toBeGreaterThan((refused.length - 1) * 95);
    expect(refused.every(({ reason, blocked }) => reason === 'provider_limited' && !blocked)).toBe(true);
  });

  test('does not hold up one provider’s calls for another’s', async () => {
    const slow = await aGate({ requestsPerMinute: 1 });
    const elsewhere = await aGate({ name: 'elsewhere', requestsPerMinute: 1 });
    expect(await entering(slow)).toBeNull();
    expect(waitOf(await entering(slow))).toBeGreaterThan(55_000);
    expect(await entering(elsewhere, 1, { ...MODEL, provider: 'elsewhere' })).toBeNull();
  });
});

describe('a limit of tokens a minute', () => {
  test('is closed by a call for as long as its share of the minute is', async () => {
    const gate = await aGate({ requestsPerMinute: 6_000, tokensPerMinute: 60_000 });
    expect(await entering(gate, 10_000)).toBeNull();
    expect(waitOf(await entering(gate, 10))).toBeGreaterThan(8_000);
    expect(leftOf(await entering(gate, 10))).toBeLessThan(11_000);
  });

  test('lets a call pass that is larger than itself, alone', async () => {
    const gate = await aGate({ tokensPerMinute: 1_000 });
    expect(await entering(gate, 2_000)).toBeNull();
    expect(waitOf(await entering(gate, 1))).toBeGreaterThan(115_000);
  });
});

describe('a provider that turns a call away', () => {
  test('is left alone by all workers for as long as it asked, and called one by one after that', async () => {
    const [one, another] = [await aGate({ requestsPerMinute: 600 }), await aGate({ requestsPerMinute: 600 })];
    await report(one, failed('provider_limited', 30_000));
    const turns: number[] = [];
    for (const gate of [one, another, one]) {
      const busy = await entering(gate, 1, OTHER);
      expect(busy).toMatchObject({ reason: 'provider_limited', blocked: true });
      turns.push(waitOf(busy));
    }
    expect(turns[0]).toBeGreaterThan(29_500);
    expect(turns[2]).toBeGreaterThan((turns[0] as number) + 150);
  });

  test('without a time is left alone for longer each time; many refusals at once are one', async () => {
    const gate = await aGate();
    await report(gate, failed('provider_limited'), 20);
    const first = await entering(gate);
    expect(leftOf(first)).toBeLessThan(2_200);
    expect(waitOf(first)).toBeGreaterThan(1_500);
    await forget('block', 'line');
    await report(gate, failed('provider_limited'));
    expect(waitOf(await entering(gate))).toBeGreaterThan(3_500);
  });
});

describe('the breaker of a model', () => {
  test('opens for all workers when one finds the model failing, and for that model alone', async () => {
    const [one, another] = [await aGate(), await aGate()];
    await report(one, failed('provider_unavailable'), 3);
    await report(one, failed('provider_timeout'));
    expect(await entering(another)).toBeNull();
    await report(one, failed('provider_timeout'));
    const busy = await entering(another);
    expect(busy).toMatchObject({ reason: 'breaker_open' });
    expect(waitOf(busy)).toBeGreaterThan(10_000);
    expect(await entering(another, 1, OTHER)).toBeNull();
  });

  test.each<FailureCode>(['draft_invalid', 'draft_truncated', 'content_filtered', 'provider_denied'])(
    'takes %s for an answer',
    async code => {
      const gate = await aGate();
      await report(gate, failed(code), 20);
      expect(await entering(gate)).toBeNull();
    },
  );

  test('lets one call try after a while, over all workers, and closes for all when it is answered', async () => {
    const [one, another] = [await aGate(), await aGate()];
    await report(one, failed('provider_unavailable'), 5);
    await forget('m-1:open');
    const all = await Promise.all([entering(one), entering(another), entering(one), entering(another)]);
    expect(all.filter(busy => busy === null)).toHaveLength(1);
    expect(all.filter(busy => busy?.reason === 'breaker_open')).toHaveLength(3);
    await report(all[0] === null || all[2] === null ? one : another, null);
    expect(await Promise.all([entering(one), entering(another)])).toEqual([null, null]);
  });

  test('opens again, for longer, when that call fails as well', async () => {
    const [one, another] = [await aGate(), await aGate()];
    await report(one, failed('provider_unavailable'), 5);
    await forget('m-1:open');
    expect(await entering(another)).toBeNull();
    await report(another, failed('provider_timeout'));
    expect(waitOf(await entering(one))).toBeGreaterThan(25_000);
  });
});

test('while Redis is away calls are let through, and that is told once', async () => {
  const proxy = await startTcpProxy(testServers().redisUrl);
  const troubles: unknown[] = [];
  const redis = await connect(proxy.url);
  const gate = await aGate({ requestsPerMinute: 1 }, redis, error => troubles.push(error));
  expect(await entering(gate)).toBeNull();
  expect(await entering(gate)).not.toBeNull();
  proxy.cut();
  for (let time = 0; time < 3; time += 1) {
    expect(await entering(gate)).toBeNull();
    await report(gate, failed('provider_limited'));
  }
  expect(troubles).toHaveLength(1);
  redis.disconnect();
  await proxy.close();
});
