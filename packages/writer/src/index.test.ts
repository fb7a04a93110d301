import { expect, test } from '@jest/globals';
import type { ModelCatalog } from '@roleforge/domain';
import { startScriptedModel } from '@roleforge/testkit';
import { keptCalls } from './ai/kept-calls.fixture.ts';
import { briefFor, contextFor, TEA_SHOP } from './brief.fixture.ts';
import { createWriter } from './index.ts';
import { openGate } from './limits/open-gate.fixture.ts';

const needs = () => ({ calls: keptCalls(), gate: openGate, callTimeoutMs: 5_000, clock: () => new Date() });

test('with no model set up the template writer serves', async () => {
  const { writer } = await createWriter({ ai: null, ...needs() }).write(briefFor(TEA_SHOP), contextFor());
  expect(writer.kind).toBe('template');
});

test('with a model set up that model serves', async () => {
  const provider = await startScriptedModel();
  const ai = catalogOf(provider.url);
  const { writer } = await createWriter({ ai, ...needs() }).write(briefFor(TEA_SHOP), contextFor());
  await provider.close();
  expect(writer).toMatchObject({ kind: 'ai', model: 'm-1' });
});

function catalogOf(baseUrl: string): ModelCatalog {
  const limits = { requestsPerMinute: null, tokensPerMinute: null };
  return {
    providers: [{ name: 'house', baseUrl, apiKey: null, streaming: false, ...limits }],
    models: [{ provider: 'house', model: 'm-1', price: null }],
  };
}
