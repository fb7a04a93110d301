import { expect, test } from '@jest/globals';
import { startScriptedModel } from '@roleforge/testkit';
import { briefFor, TEA_SHOP } from './brief.fixture.ts';
import { createWriter } from './index.ts';

const never = new AbortController().signal;

test('with no model set up the template writer serves', async () => {
  const { writer } = await createWriter({ ai: null }).write(briefFor(TEA_SHOP), never);
  expect(writer.kind).toBe('template');
});

test('with a model set up that model serves', async () => {
  const provider = await startScriptedModel();
  const { writer } = await createWriter({ ai: { baseUrl: provider.url, model: 'm-1' } }).write(
    briefFor(TEA_SHOP),
    never,
  );
  await provider.close();
  expect(writer).toMatchObject({ kind: 'ai', model: 'm-1' });
});
