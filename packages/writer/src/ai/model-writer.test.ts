import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS, RoleProfile } from '@roleforge/contracts';
import { CreationFailure, StoreUnavailable, type WritingBrief, type WritingContext } from '@roleforge/domain';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { briefFor, contextFor, TEA_SHOP } from '../brief.fixture.ts';
import { openGate } from '../limits/open-gate.fixture.ts';
import { keptCalls } from './kept-calls.fixture.ts';
import { createModelWriter, type ModelWriterSettings } from './model-writer.ts';

let provider: ScriptedModel;
let calls: ReturnType<typeof keptCalls>;
beforeEach(async () => {
  provider = await startScriptedModel();
  calls = keptCalls();
});
afterEach(() => provider.close());

const PRICE = { inputUsdPerMillion: 1, outputUsdPerMillion: 2 };

function writerOf({
  streaming = false,
  apiKey = 'sk-test',
  ...rest
}: Partial<ModelWriterSettings> & { streaming?: boolean; apiKey?: string | null } = {}) {
  const limits = { requestsPerMinute: null, tokensPerMinute: null };
  return createModelWriter({
    provider: { name: 'house', baseUrl: provider.url, apiKey, streaming, ...limits },
    model: { provider: 'house', model: 'm-1', price: PRICE },
    calls,
    gate: openGate,
    callTimeoutMs: 10_000,
    clock: () => new Date(),
    ...rest,
  });
}

const write = (brief: WritingBrief = briefFor(TEA_SHOP), context: Partial<WritingContext> = {}, streaming = false) =>
  writerOf({ streaming }).write(brief, contextFor(context));

const userOf = (n: number) => String(provider.requests[n]?.body.messages?.[1]?.content);

describe.each([true, false])('a model that writes, streaming: %s', streaming => {
  test('hands in its role with who wrote it, what it rests on and what it cost, and the call is noted down', async () => {
    const draft = await write(briefFor(TEA_SHOP), {}, streaming);
    expect(RoleProfile.parse(draft.profile)).toEqual(draft.profile);
    expect(draft.profile.products).toMatchObject([{ productId: 'longjing' }]);
    expect(draft.writer).toEqual({ kind: 'ai', provider: 'house', model: 'm-1' });
    expect(draft.provenance.greeting).toEqual(['baseInfo', 'talkStyle']);
    const [call] = calls.noted;
    expect(call).toMatchObject({ outcome: 'ok', finishReason: 'stop', estimated: false, provider: 'house' });
    const { inputTokens, outputTokens, costUsd } = draft.usage;
    expect(draft.usage).toEqual({
      calls: 1,
      inputTokens: call?.inputTokens,
      outputTokens: call?.outputTokens,
      costUsd,
    });
    expect(costUsd).toBeCloseTo((inputTokens + 2 * outputTokens) / 1_000_000, 10);
    expect(outputTokens).toBeGreaterThan(50);
    expect(provider.requests[0]?.body.stream === true).toBe(streaming);
  });

  test('tells of each part of the profile once', async () => {
    const parts: [string, unknown][] = [];
    const draft = await write(briefFor(TEA_SHOP), { onSection: (part, value) => parts.push([part, value]) }, streaming);
    expect(parts.map(([part]) => part).toSorted()).toEqual(PROFILE_PARTS.toSorted());
    expect(Object.fromEntries(parts)).toEqual(draft.profile);
  });

  test('is asked for the schema, for JSON, or in words alone, as the strategy says', async () => {
    for (const structuredOutput of ['json_schema', 'json_object', 'prompt'] as const)
      await write(briefFor(TEA_SHOP, { structuredOutput }), {}, streaming);
    expect(provider.requests.map(request => request.body.response_format)).toEqual([
      { type: 'json_schema', json_schema: expect.objectContaining({ name: 'role_profile', strict: true }) },
      { type: 'json_object' },
      undefined,
    ]);
    const systems = provider.requests.map(request => String(request.body.messages?.[0]?.content));
    expect(systems.map(system => system.includes('JSON Schema'))).toEqual([false, true, true]);
  });
});

test('the key, the rules apart from the sources, and the strategy’s parameters are sent', async () => {
  await write(briefFor(TEA_SHOP, { temperature: 0.2, maxOutputTokens: 900 }));
  const [request] = provider.requests;
  expect(request?.headers.authorization).toBe('Bearer sk-test');
  expect(request?.body).toMatchObject({ model: 'm-1', temperature: 0.2, max_tokens: 900 });
  expect(request?.body.messages?.map(message => message.role)).toEqual(['system', 'user']);
  expect(request?.body.messages?.[0]?.content).not.toContain('Mira');
  expect(request?.body.messages?.[1]?.content).toContain('Mira');
  await writerOf({ apiKey: null }).write(briefFor(TEA_SHOP), contextFor());
  expect(provider.requests[1]?.headers.authorization).toBeUndefined();
});

test('a finished part is told of while the rest is still being written', async () => {
  provider.enqueue({ kind: 'halfStream', goesOn: true });
  const stop = new AbortController();
  const name = Promise.withResolvers<unknown>();
  const onSection = (part: string, value: unknown) => part === 'name' && name.resolve(value);
  const draft = write(briefFor(TEA_SHOP), { onSection, signal: stop.signal }, true);
  expect(await name.promise).toBe('Mira');
  stop.abort(new Error('enough'));
  await expect(draft).rejects.toThrow('enough');
  expect(calls.noted).toMatchObject([{ outcome: 'aborted', estimated: true, answer: null }]);
  expect(calls.noted[0]?.outputTokens).toBeGreaterThan(10);
});

describe('paying once', () => {
  test('an answer that is stored is used again: no call, no cost, no way through the gate', async () => {
    const context = contextFor();
    const first = await writerOf().write(briefFor(TEA_SHOP), context);
    const shut = { ...openGate, enter: () => Promise.reject(new Error('shut')) };
    const second = await writerOf({ gate: shut }).write(briefFor(TEA_SHOP), context);
    expect(second.profile).toEqual(first.profile);
    expect(second.usage).toEqual({ calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 });
    expect(provider.requests).toHaveLength(1);
  });

  test('a further generation, another prompt, other parameters and another creation are other calls', async () => {
    const context = contextFor();
    await write(briefFor(TEA_SHOP), context);
    await write(briefFor(TEA_SHOP), { ...context, generation: 1 });
    await write(briefFor(TEA_SHOP, { instructions: 'Be brief.' }), context);
    await write(briefFor(TEA_SHOP, { temperature: 0.1 }), context);
    await write();
    expect(provider.requests).toHaveLength(5);
  });

  test('an answer is stored before it is looked into, and for as long as MySQL is away the note is repeated', async () => {
    provider.always({ kind: 'answer', content: 'I am Mira' });
    let away = 1;
    const record: typeof calls.record = async call => {
      away -= 1;
      if (away >= 0) throw new StoreUnavailable('MySQL does not answer.');
      await keep(call);
    };
    const keep = calls.record;
    const writer = writerOf({ calls: { ...calls, record } });
    await expect(writer.write(briefFor(TEA_SHOP), contextFor())).rejects.toMatchObject({ code: 'draft_invalid' });
    expect(calls.noted.map(({ outcome, answer }) => [outcome, answer])).toEqual(Array(3).fill(['ok', 'I am Mira']));
  });

  test('a call that might go over the strategy’s cost ceiling is not made', async () => {
    const brief = briefFor(TEA_SHOP, { maxCostUsd: 0.01, maxOutputTokens: 4_000 });
    provider.enqueue({ kind: 'answer', content: '{}', usage: { promptTokens: 1_000, completionTokens: 3_000 } });
    const failure = await write(brief).catch(error => error);
    expect(failure).toMatchObject({ code: 'cost_ceiling_reached', owner: 'request', retryable: false });
    expect(provider.requests).toHaveLength(1);
  });
});

describe('a draft that does not fit', () => {
  test('is asked for again with the original prompt and what was wrong', async () => {
    provider.enqueue({ kind: 'answer', content: { name: 'Mira' } }, { kind: 'truncated' });
    const draft = await write();
    expect(draft.usage.calls).toBe(3);
    expect(provider.requests.map(request => request.body.messages?.length)).toEqual([2, 2, 2]);
    expect(userOf(1).startsWith(userOf(0))).toBe(true);
    expect(userOf(1)).toContain('/greeting: ');
    expect(userOf(2).startsWith(userOf(0))).toBe(true);
    expect(userOf(2)).toContain('too long');
    expect(userOf(2)).not.toContain('/greeting: ');
    expect(userOf(1).slice(userOf(0).length).split('\n').length).toBeLessThan(26);
    expect(calls.noted.map(call => call.outcome)).toEqual(['ok', 'draft_truncated', 'ok']);
  });

  test('ends after two repairs', async () => {
    provider.always({ kind: 'truncated' });
    await expect(write()).rejects.toMatchObject({ code: 'draft_truncated' });
    expect(provider.requests).toHaveLength(3);
  });
});

const REPAIRED = 'a repaired role';
const TURNS = [
  ['a rate limit', { kind: 'rateLimited', retryAfter: 3 }, 'provider_limited'],
  ['an overload', { kind: 'status', status: 529 }, 'provider_limited'],
  ['a fault of the provider', { kind: 'status', status: 500, body: 'Mira sk-test' }, 'provider_unavailable'],
  ['a bad gateway', { kind: 'status', status: 502, body: '<html>' }, 'provider_unavailable'],
  ['a timeout of the provider', { kind: 'status', status: 504, body: '' }, 'provider_timeout'],
  ['a refused key', { kind: 'status', status: 401 }, 'provider_denied'],
  ['a refused address', { kind: 'status', status: 403 }, 'provider_denied'],
  ['a connection cut before the answer', { kind: 'cut', at: 'headers' }, 'provider_unavailable'],
  ['a connection cut within the answer', { kind: 'cut', at: 'body' }, 'provider_unavailable'],
  ['silence', { kind: 'hang' }, 'provider_timeout'],
  ['half an answer and then silence', { kind: 'halfStream', goesOn: true }, 'provider_timeout'],
  ['half an answer', { kind: 'halfStream', goesOn: false }, 'provider_unavailable'],
  ['an error in place of an answer', { kind: 'sseError' }, 'provider_unavailable'],
  ['a page of HTML', { kind: 'notJson' }, 'provider_unavailable'],
  ['ten megabytes of HTML', { kind: 'huge', as: 'html' }, 'answer_too_large'],
  ['ten megabytes of an answer', { kind: 'huge', as: 'answer' }, 'answer_too_large'],
  ['an empty body', { kind: 'emptyBody' }, 'provider_unavailable'],
  ['JSON of another kind', { kind: 'wrongShape' }, 'provider_unavailable'],
  ['a filtered answer', { kind: 'contentFilter' }, 'content_filtered'],
  ['an answer cut off at its limit', { kind: 'truncated' }, REPAIRED],
  ['another language', { kind: 'wrongLanguage' }, REPAIRED],
  ['a draft of another shape', { kind: 'answer', content: { name: 'Mira' } }, REPAIRED],
  ['a draft that is no JSON', { kind: 'answer', content: 'I am Mira' }, REPAIRED],
  ['an empty answer', { kind: 'answer', content: '' }, REPAIRED],
] as const;

const BILLED_NOTHING = new Set(['provider_limited', 'provider_denied']);

describe.each([true, false])('a server that misbehaves, streaming: %s', streaming => {
  describe.each(['json_schema', 'json_object', 'prompt'] as const)('asked by %s', structuredOutput => {
    test.each(TURNS)('%s ends in a name or in a repaired role', async (_, turn, end) => {
      provider.enqueue(turn);
      const reports: (string | null)[] = [];
      const gate = {
        ...openGate,
        report: async (_: unknown, failure: CreationFailure | null) => void reports.push(failure?.code ?? null),
      };

      const writer = writerOf({
        streaming,
        gate,
        callTimeoutMs: turn.kind === 'hang' || 'goesOn' in turn ? 300 : 10_000,
      });
      const result = await writer.write(briefFor(TEA_SHOP, { structuredOutput }), contextFor()).catch(error => error);
      if (end === REPAIRED) {
        expect(result).toMatchObject({ profile: { name: 'Mira' }, usage: { calls: 2 } });
        expect(provider.requests).toHaveLength(2);
        expect(reports).toEqual([null, null]);
        return;
      }
      expect(result).toBeInstanceOf(CreationFailure);
      expect(result.code).toBe(end);
      expect(`${result.message} ${result.cause}`).not.toMatch(/Mira|sk-test/);
      expect(provider.requests).toHaveLength(1);
      expect(calls.noted).toMatchObject([{ outcome: end, answer: null }]);
      expect(calls.noted[0]?.inputTokens === 0).toBe(BILLED_NOTHING.has(end));
      expect(reports).toEqual([end]);
    });
  });
});

describe('a call that fails', () => {
  test('with a rate limit carries the wait that was asked for', async () => {
    provider.enqueue({ kind: 'rateLimited', retryAfter: 3 });
    await expect(write()).rejects.toMatchObject({ retryAfterMs: 3_000 });
  });

  test('because nobody listens fails as unavailable, and counts as free', async () => {
    await provider.close();
    const writer = writerOf();
    await expect(writer.write(briefFor(TEA_SHOP), contextFor())).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    expect(calls.noted).toMatchObject([{ outcome: 'provider_unavailable', inputTokens: 0, estimated: false }]);
    provider = await startScriptedModel();
  });

  test('gives no warning in the process', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    for (const streaming of [true, false]) await write(briefFor(TEA_SHOP), {}, streaming);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('an abort', () => {
  test.each([true, false])('ends a call that is never answered, and hangs up; streaming: %s', async streaming => {
    provider.always({ kind: 'hang' });
    const controller = new AbortController();
    const reason = new Error('the deadline has passed');
    const draft = write(briefFor(TEA_SHOP), { signal: controller.signal }, streaming);
    const request = await provider.waitForRequest(1);
    controller.abort(reason);
    await expect(draft).rejects.toBe(reason);
    await request.closed;
    expect(request.aborted).toBe(true);
    expect(calls.noted).toMatchObject([{ outcome: 'aborted', outputTokens: 0, estimated: true }]);
    expect(calls.noted[0]?.inputTokens).toBeGreaterThan(100);
  });

  test('before the call leaves the provider alone', async () => {
    const reason = new Error('cancelled');
    await expect(write(briefFor(TEA_SHOP), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(provider.requests).toHaveLength(0);
  });
});
