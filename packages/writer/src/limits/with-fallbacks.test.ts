import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureCode } from '@roleforge/contracts';
import { type ConfiguredModel, CreationFailure, type Draft, ProviderBusy, type Writer } from '@roleforge/domain';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { keptCalls } from '../ai/kept-calls.fixture.ts';
import { createModelWriter } from '../ai/model-writer.ts';
import { briefFor, contextFor, TEA_SHOP } from '../brief.fixture.ts';
import { createTemplateWriter } from '../template/template-writer.ts';
import { openGate } from './open-gate.fixture.ts';
import { withFallbacks } from './with-fallbacks.ts';

const MODELS = ['m-1', 'm-2', 'm-3'].map(model => ({ provider: 'house', model, price: null }));
const CATALOG = { providers: [], models: MODELS };
const LATER = new Date('2031-05-05T12:01:00.000Z');
const LATEST = new Date('2031-05-05T12:02:00.000Z');

const failure = (code: FailureCode) => new CreationFailure(code, `It failed: ${code}.`);
const open = (until = LATER) => new ProviderBusy('breaker_open', until, 'It is failing.');
const blocked = () => new ProviderBusy('provider_limited', LATEST, 'It takes no calls.', { blocked: true });
const pacing = () => new ProviderBusy('provider_limited', LATER, 'It waits its turn.');

/** Writers that fail in this way; those that are not named write. Tells which were asked. */
function house(errors: Record<string, Error>) {
  const asked: string[] = [];
  const writerFor = ({ model }: ConfiguredModel): Writer => ({
    async write(brief, context) {
      asked.push(model);
      expect(brief.strategy.model).toBe(model);
      const error = errors[model];
      if (error !== undefined) throw error;
      const draft = await createTemplateWriter().write(brief, context);
      return { ...draft, writer: { kind: 'ai', provider: 'house', model } };
    },
  });
  return { asked, writer: withFallbacks({ catalog: CATALOG, writerFor, template: createTemplateWriter() }) };
}

type Wishes = Parameters<typeof briefFor>[1];
const WITH_FALLBACKS = { fallbackModels: ['m-2', 'm-3'] };

const write = (writer: Writer, wishes: Wishes = WITH_FALLBACKS): Promise<Draft> =>
  writer.write(briefFor(TEA_SHOP, wishes), contextFor());
const refusal = (writer: Writer, wishes?: Wishes) =>
  write(writer, wishes).then(
    () => {
      throw new Error('It wrote.');
    },
    error => error,
  );

describe('a strategy with fallback models', () => {
  test('asks its own model alone while that answers, and the first of the catalog where it names none', async () => {
    const { writer, asked } = house({});
    expect((await write(writer)).degraded).toBeUndefined();
    await write(writer, { model: 'house/m-3' });
    expect(asked).toEqual(['m-1', 'm-3']);
  });

  test.each([
    ['provider_unavailable', failure('provider_unavailable')],
    ['provider_timeout', failure('provider_timeout')],
    ['provider_limited', failure('provider_limited')],
    ['breaker_open', open()],
    ['provider_limited', blocked()],
  ])('goes on to the next after %s (%#), and says so', async (reason, error) => {
    const { writer, asked } = house({ 'm-1': error, 'm-2': open() });
    const draft = await write(writer);
    expect(asked).toEqual(['m-1', 'm-2', 'm-3']);
    expect(draft.degraded).toEqual([{ writer: 'ai', model: 'm-3', reason }]);
  });

  test.each<FailureCode>(['content_filtered', 'provider_denied', 'draft_invalid', 'draft_truncated', 'internal_error'])(
    'asks no other after %s',
    async code => {
      const { writer, asked } = house({ 'm-1': failure(code) });
      expect(await refusal(writer)).toMatchObject({ code });
      expect(asked).toEqual(['m-1']);
    },
  );

  test('waits for its turn at a model rather than ask another', async () => {
    const { writer, asked } = house({ 'm-1': failure('provider_unavailable'), 'm-2': pacing() });
    for (const onWriterUnavailable of ['wait', 'fail', 'template'] as const) {
      const error = await refusal(writer, { ...WITH_FALLBACKS, onWriterUnavailable });
      expect(error).toMatchObject({ name: 'ProviderBusy', until: LATER });
    }
    expect(asked).not.toContain('m-3');
  });

  test.each([{ model: 'm-9' }, { fallbackModels: ['m-2', 'm-9'] }])(
    'fails for good where a model is not configured: %j',
    async wishes => {
      const { writer, asked } = house({});
      const error = await refusal(writer, wishes);
      expect(error).toMatchObject({ code: 'model_unknown', owner: 'request', retryable: false });
      expect(asked).toEqual([]);
    },
  );
});

describe('where all models are unavailable', () => {
  const away = { 'm-1': failure('provider_unavailable'), 'm-2': open(), 'm-3': failure('provider_timeout') };
  const busy = { 'm-1': blocked(), 'm-2': open(LATER), 'm-3': open(LATEST) };

  test('a strategy that waits gets a failure to retry; or the wait that ends first', async () => {
    expect(await refusal(house(away).writer)).toMatchObject({ code: 'provider_timeout', final: false });
    expect(await refusal(house(busy).writer)).toMatchObject({ reason: 'breaker_open', until: LATER });
  });

  test('one that fails gets a failure that is final', async () => {
    const wishes = { ...WITH_FALLBACKS, onWriterUnavailable: 'fail' } as const;
    expect(await refusal(house(away).writer, wishes)).toMatchObject({ code: 'provider_timeout', final: true });
    expect(await refusal(house(busy).writer, wishes)).toMatchObject({ code: 'breaker_open', final: true });
  });

  test('one that takes the template gets a role from it, and is told', async () => {
    const draft = await write(house(busy).writer, { ...WITH_FALLBACKS, onWriterUnavailable: 'template' });
    expect(draft.writer.kind).toBe('template');
    expect(draft.degraded).toEqual([{ writer: 'template', reason: 'provider_limited' }]);
  });
});

describe('models at real providers', () => {
  let providers: Record<'first' | 'second', ScriptedModel>;
  beforeEach(async () => {
    providers = { first: await startScriptedModel(), second: await startScriptedModel() };
  });
  afterEach(() => Promise.all([providers.first.close(), providers.second.close()]));

  test('stand in for one another within one attempt', async () => {
    const models = (['first', 'second'] as const).map(provider => ({ provider, model: `of-${provider}`, price: null }));
    const writer = withFallbacks({
      catalog: { providers: [], models },
      writerFor: model =>
        createModelWriter({
          provider: {
            name: model.provider,
            baseUrl: providers[model.provider as 'first'].url,
            apiKey: null,
            streaming: true,
            requestsPerMinute: null,
            tokensPerMinute: null,
          },
          model,
          calls: keptCalls(),
          gate: openGate,
          callTimeoutMs: 5_000,
          clock: () => new Date(),
        }),
      template: createTemplateWriter(),
    });
    providers.first.always({ kind: 'status', status: 500 });
    const draft = await write(writer, { fallbackModels: ['of-second'] });
    expect(draft.writer).toEqual({ kind: 'ai', provider: 'second', model: 'of-second' });
    expect(draft.degraded).toEqual([{ writer: 'ai', model: 'of-second', reason: 'provider_unavailable' }]);
    expect(providers.first.requests).toHaveLength(1);
    expect(providers.second.requests[0]?.body.model).toBe('of-second');
  });
});
