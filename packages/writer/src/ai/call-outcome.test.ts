import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { WritingContext } from '@roleforge/domain';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { briefFor, contextFor, TEA_SHOP } from '../brief.fixture.ts';
import { openGate } from '../limits/open-gate.fixture.ts';
import type { CallOutcome, ModelCallObserver } from './call-outcome.ts';
import { keptCalls } from './kept-calls.fixture.ts';
import { createModelWriter } from './model-writer.ts';

let provider: ScriptedModel;
let heard: [Parameters<ModelCallObserver>[0], CallOutcome][];
beforeEach(async () => {
  provider = await startScriptedModel();
  heard = [];
});
afterEach(() => provider.close());

function write(store = keptCalls(), context: Partial<WritingContext> = {}): Promise<unknown> {
  const limits = { requestsPerMinute: null, tokensPerMinute: null };
  const writer = createModelWriter({
    provider: { name: 'house', baseUrl: provider.url, apiKey: null, streaming: true, ...limits },
    model: { provider: 'house', model: 'm-1', price: { inputUsdPerMillion: 1, outputUsdPerMillion: 2 } },
    calls: store,
    gate: openGate,
    callTimeoutMs: 10_000,
    onCall: (call, outcome) => heard.push([call, outcome]),
    clock: () => new Date(),
  });
  return writer.write(briefFor(TEA_SHOP), contextFor(context)).catch(() => {});
}

const outcomes = () => heard.map(([, outcome]) => outcome);

describe('of each call of a model is told', () => {
  test('that it was of use, with its tokens, its cost and its time', async () => {
    await write();
    expect(outcomes()).toEqual(['ok']);
    const [call] = heard[0] ?? [];
    expect(call).toMatchObject({ provider: 'house', model: 'm-1' });
    const { inputTokens = 0, outputTokens = 0, costUsd = 0, ms = -1 } = call ?? {};
    expect(costUsd).toBeCloseTo((inputTokens + 2 * outputTokens) / 1_000_000, 10);
    expect(Math.min(inputTokens, outputTokens)).toBeGreaterThan(0);
    expect(ms).toBeGreaterThanOrEqual(0);
  });

  test.each([
    [['rate_limited'], { kind: 'rateLimited' }],
    [['overloaded'], { kind: 'status', status: 503 }],
    [['overloaded'], { kind: 'status', status: 529 }],
    [['failed'], { kind: 'status', status: 500 }],
    [['failed'], { kind: 'status', status: 401 }],
    [['failed'], { kind: 'cut', at: 'headers' }],
    [['useless'], { kind: 'contentFilter' }],
    [['useless', 'ok'], { kind: 'truncated' }],
    [['useless', 'ok'], { kind: 'wrongLanguage' }],
    [['useless', 'ok'], { kind: 'answer', content: 'no JSON' }],
  ] as const)('%p after %p', async (expected, turn) => {
    provider.enqueue(turn);
    await write();
    expect(outcomes()).toEqual(expected);
  });

  test('that it was broken off', async () => {
    provider.enqueue({ kind: 'hang' });
    const stop = new AbortController();
    const written = write(keptCalls(), { signal: stop.signal });
    await provider.waitForRequest(1);
    stop.abort();
    await written;
    expect(outcomes()).toEqual(['aborted']);
  });

  test('nothing where a stored answer was used', async () => {
    const store = keptCalls();
    const { tenantId, creationId } = contextFor();
    for (const _ of ['first', 'again']) await write(store, { tenantId, creationId });
    expect(outcomes()).toEqual(['ok']);
  });

  test('also where its answer could not be noted down before the work was to stop', async () => {
    const stop = new AbortController();
    const stopped = keptCalls();
    stopped.record = async () => {
      stop.abort();
      throw new Error('stopped');
    };
    await write(stopped, { signal: stop.signal });
    expect(outcomes()).toEqual(['ok']);
  });
});
