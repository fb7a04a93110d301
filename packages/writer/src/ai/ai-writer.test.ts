import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RoleProfile } from '@roleforge/contracts';
import type { WritingBrief } from '@roleforge/domain';
import { type ScriptedModel, startScriptedModel } from '@roleforge/testkit';
import { briefFor, contextFor, TEA_SHOP } from '../brief.fixture.ts';
import { createAiWriter } from './ai-writer.ts';

let provider: ScriptedModel;
beforeEach(async () => {
  provider = await startScriptedModel();
});
afterEach(() => provider.close());

function write(brief: WritingBrief = briefFor(TEA_SHOP), signal = new AbortController().signal) {
  return createAiWriter({ baseUrl: provider.url, apiKey: 'sk-test', model: 'm-1' }).write(
    brief,
    contextFor({ signal }),
  );
}

describe('the AI writer', () => {
  test('hands in the model’s role with who wrote it, what it rests on and what it cost', async () => {
    const draft = await write();
    expect(RoleProfile.parse(draft.profile)).toEqual(draft.profile);
    expect(draft.profile.products).toMatchObject([{ productId: 'longjing' }]);
    expect(draft.writer).toEqual({ kind: 'ai', provider: new URL(provider.url).host, model: 'm-1' });
    expect(draft.provenance.greeting).toEqual(['baseInfo', 'talkStyle']);
    expect(draft.usage).toEqual({
      calls: 1,
      inputTokens: expect.any(Number),
      outputTokens: expect.any(Number),
      costUsd: 0,
    });
    expect(draft.usage.outputTokens).toBeGreaterThan(50);
  });

  test('sends the key, the rules apart from the sources, and the strategy’s own model and parameters', async () => {
    const draft = await write(briefFor(TEA_SHOP, { model: 'm-2', temperature: 0.2, maxOutputTokens: 900 }));
    const [request] = provider.requests;
    expect(request?.headers.authorization).toBe('Bearer sk-test');
    expect(request?.body).toMatchObject({ model: 'm-2', temperature: 0.2, max_tokens: 900 });
    expect(request?.body.messages?.map(message => message.role)).toEqual(['system', 'user']);
    expect(request?.body.messages?.[0]?.content).not.toContain('Mira');
    expect(request?.body.messages?.[1]?.content).toContain('Mira');
    expect(draft.writer.model).toBe('m-2');
  });

  test('sends no key where there is none, and goes by another name where one is given', async () => {
    const writer = createAiWriter({ baseUrl: `${provider.url}/`, model: 'm-1', providerName: 'house' });
    expect((await writer.write(briefFor(TEA_SHOP), contextFor())).writer.provider).toBe('house');
    expect(provider.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('asks for the schema, for JSON, or in words alone, as the strategy says', async () => {
    for (const structuredOutput of ['json_schema', 'json_object', 'prompt'] as const)
      await write(briefFor(TEA_SHOP, { structuredOutput }));
    expect(provider.requests.map(request => request.body.response_format)).toEqual([
      { type: 'json_schema', json_schema: expect.objectContaining({ name: 'role_profile', strict: true }) },
      { type: 'json_object' },
      undefined,
    ]);
    const systems = provider.requests.map(request => String(request.body.messages?.[0]?.content));
    expect(systems.map(system => system.includes('JSON Schema'))).toEqual([false, true, true]);
  });

  test('takes a role in a Markdown fence', async () => {
    const { profile } = await write();
    provider.enqueue({ kind: 'answer', content: `\`\`\`json\n${JSON.stringify(profile)}\n\`\`\`` });
    expect((await write(briefFor(TEA_SHOP, { structuredOutput: 'prompt' }))).profile).toEqual(profile);
  });

  test('gives no warning in the process', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    for (const structuredOutput of ['json_schema', 'json_object', 'prompt'] as const)
      await write(briefFor(TEA_SHOP, { structuredOutput }));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('a call that fails', () => {
  test.each([
    ['a rate limit', { kind: 'rateLimited', retryAfter: 3 }, 'provider_limited'],
    ['an overload', { kind: 'status', status: 529 }, 'provider_limited'],
    ['a fault of the provider', { kind: 'status', status: 500, body: 'Mira sk-test' }, 'provider_unavailable'],
    ['a timeout of the provider', { kind: 'status', status: 504, body: '' }, 'provider_timeout'],
    ['a refused key', { kind: 'status', status: 401 }, 'provider_denied'],
    ['a connection cut before the answer', { kind: 'cut', at: 'headers' }, 'provider_unavailable'],
    ['a connection cut within the answer', { kind: 'cut', at: 'body' }, 'provider_unavailable'],
    ['a page of HTML', { kind: 'notJson' }, 'provider_unavailable'],
    ['JSON of another kind', { kind: 'wrongShape' }, 'provider_unavailable'],
    ['an answer cut off at its limit', { kind: 'truncated' }, 'draft_truncated'],
    ['a filtered answer', { kind: 'contentFilter' }, 'content_filtered'],
    ['a draft of another shape', { kind: 'answer', content: { name: 'Mira' } }, 'draft_invalid'],
    ['a draft that is no JSON', { kind: 'answer', content: 'I am Mira' }, 'draft_invalid'],
  ] as const)('with %s is made once and fails as such', async (_, turn, code) => {
    provider.enqueue(turn);
    const failure = await write().catch(error => error);
    expect(failure).toMatchObject({ name: 'CreationFailure', code });
    expect(`${failure.message} ${failure.cause}`).not.toMatch(/Mira|sk-test/);
    expect(provider.requests).toHaveLength(1);
  });

  test('with a rate limit carries the wait that was asked for', async () => {
    provider.enqueue({ kind: 'rateLimited', retryAfter: 3 });
    await expect(write()).rejects.toMatchObject({ retryAfterMs: 3_000 });
  });

  test('with a bad draft carries what it cost', async () => {
    provider.enqueue({ kind: 'answer', content: {}, usage: { promptTokens: 11, completionTokens: 7 } });
    const usage = { calls: 1, inputTokens: 11, outputTokens: 7, costUsd: 0 };
    await expect(write()).rejects.toMatchObject({ usage });
  });

  test('because nobody listens fails as unavailable', async () => {
    const gone = await startScriptedModel();
    await gone.close();
    const writer = createAiWriter({ baseUrl: gone.url, model: 'm-1' });
    await expect(writer.write(briefFor(TEA_SHOP), contextFor())).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });
});

describe('an abort', () => {
  test('ends a call that is never answered, with the signal’s own reason, and hangs up', async () => {
    provider.always({ kind: 'hang' });
    const controller = new AbortController();
    const reason = new Error('the deadline has passed');
    const draft = write(briefFor(TEA_SHOP), controller.signal);
    const request = await provider.waitForRequest(1);
    controller.abort(reason);
    await expect(draft).rejects.toBe(reason);
    await request.closed;
    expect(request.aborted).toBe(true);
  });

  test('before the call leaves the provider alone', async () => {
    const reason = new Error('cancelled');
    await expect(write(briefFor(TEA_SHOP), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(provider.requests).toHaveLength(0);
  });
});
