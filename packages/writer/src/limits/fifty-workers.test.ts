import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { CreationFailure, ProviderBusy, type ProviderGate } from '@roleforge/domain';
import { connectTestRedis, newQueuePrefix, startScriptedModel, startStopwatch } from '@roleforge/testkit';
import { createProviderGate } from './provider-gate.ts';

const WORKERS = 50;
const CALLS = 3_000;
/** What the provider is said to allow, in a window that slides. */
const LIMIT = { calls: 10, perMs: 1_000 };
/**
 * By how much calls may come closer together on their way than they were let in. All fifty share this process, and on a busy machine it is
 * late now and then: a call that left late is followed by one that is on time.
 */
const CLOSER_MS = 100;
const MEASURED_MS = 10_000;

test('fifty workers with thousands of calls use a provider’s limit up, and are turned away by it next to never', async () => {
  const provider = await startScriptedModel({ record: false, limit: { ...LIMIT, perMs: LIMIT.perMs - CLOSER_MS } });
  provider.always({ kind: 'answer', content: 'ok' });
  const prefix = newQueuePrefix();
  const connections = await Promise.all(Array.from({ length: WORKERS }, () => connectTestRedis()));
  const model = { provider: 'scripted', model: 'scripted-1', price: null };
  const limits = { requestsPerMinute: 600, tokensPerMinute: null };
  const house = { name: 'scripted', baseUrl: provider.url, apiKey: null, streaming: false, ...limits };
  const gates = connections.map(redis =>
    createProviderGate({
      redis,
      prefix,
      catalog: { providers: [house], models: [model] },
      clock: () => new Date(),
      random: Math.random,
    }),
  );
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const answers: number[] = [];
  let putOff = 0;

  /** `onDecided` hears once the call is let in or put off for the first time. */
  async function call(gate: ProviderGate, onDecided: () => void): Promise<void> {
    for (;;) {
      try {
        await gate.enter(model, () => 100).finally(onDecided);
        if (over.signal.aborted) return;
        const { status } = await fetch(`${provider.url}/chat/completions`, { method: 'POST', body: '{}' });
        answers.push(status);
        if (status === 200) return await gate.report(model, null);
        await gate.report(model, new CreationFailure('provider_limited', '429', { retryAfterMs: 1_000 }));
      } catch (busy) {
        if (!(busy instanceof ProviderBusy)) throw busy;
        putOff += 1;
        // As the queue does: it comes up again at its time.
        await pause(Math.max(0, busy.until.getTime() - Date.now()), undefined, { signal: over.signal });
      }
      over.signal.throwIfAborted();
    }
  }

  /** Takes up one call after another; what is put off gives its place to the next. Resolves when all have been let in or put off. */
  async function take(gate: ProviderGate): Promise<Promise<void>[]> {
    const calls: Promise<void>[] = [];
    for (let taken = 0; taken < CALLS / WORKERS; taken += 1) {
      const { promise: decided, resolve } = Promise.withResolvers<void>();
      const ended = call(gate, resolve).catch(error => {
        if (!over.signal.aborted) throw error;
      });
      calls.push(ended);
      await decided;
    }
    return calls;
  }
  const succeeded = () => answers.filter(status => status === 200).length;
  const calls = (await Promise.all(gates.map(take))).flat();
  // Three thousand at once keep the process busy for some seconds, and late for whatever is due in them.
  const before = succeeded();
  // While a busy machine leaves this process waiting, no call can be let in.
  const watch = startStopwatch();
  await pause(MEASURED_MS);
  const awakeMs = watch.stop();
  const measured = succeeded() - before;
  over.abort();
  await Promise.all(calls);
  for (const redis of connections) redis.disconnect();
  await provider.close();

  const refused = answers.filter(status => status === 429).length;
  expect(refused / answers.length).toBeLessThanOrEqual(0.01);
  expect(measured / ((awakeMs / LIMIT.perMs) * LIMIT.calls)).toBeGreaterThanOrEqual(0.85);
  // All were told their turn at once; those whose turn came were let in then, or had to wait once more.
  expect(putOff).toBeLessThan(CALLS + answers.length);
}, 90_000);
