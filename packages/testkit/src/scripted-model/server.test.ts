import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RoleProfile } from '@roleforge/contracts';
import { type ScriptedModel, startScriptedModel } from './server.ts';

let model: ScriptedModel;
beforeEach(async () => {
  model = await startScriptedModel();
});
afterEach(() => model.close());

const USER = `BEGIN BASE INFO
{"name": "Ada", "locale": "en", "occupation": "librarian"}
END BASE INFO

BEGIN KNOWLEDGE
[{"id": "hours", "title": "Opening hours", "content": "Open from 9 to 5."}]
END KNOWLEDGE

BEGIN PRODUCTS
[{"id": "card", "name": "Library card"}]
END PRODUCTS`;

function ask(extra: object = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer test' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: USER }], ...extra }),
    ...init,
  });
}

type Answer = {
  choices: [{ message: { content: string }; finish_reason: string }];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
};

/** What a request is answered with. */
async function answered(request: Promise<Response>): Promise<Answer> {
  return (await (await request).json()) as Answer;
}

describe('an answer', () => {
  test('is, by default, a complete role that names only ids of the request’s own sources', async () => {
    const body = await answered(ask());
    const profile = RoleProfile.parse(JSON.parse(body.choices[0].message.content));
    expect(profile.name).toBe('Ada');
    expect(profile.knowledge.map(entry => entry.sourceIds)).toEqual([['hours']]);
    expect(profile.products.map(product => product.productId)).toEqual(['card']);
    expect(body.choices[0].finish_reason).toBe('stop');
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens);
  });

  test('is a role in Chinese for a Chinese locale, and for nobody in particular without sources', async () => {
    const asked = (content: string) => answered(ask({ messages: [{ role: 'user', content }] }));
    const chinese = await asked(`BEGIN BASE INFO\n{"name":"小满","locale":"zh-CN"}\nEND BASE INFO`);
    const nobody = await asked('Hello');
    expect(RoleProfile.parse(JSON.parse(chinese.choices[0].message.content)).greeting).toContain('我是小满');
    expect(RoleProfile.parse(JSON.parse(nobody.choices[0].message.content)).name).toBe('Scripted');
  });

  test('is whatever was queued, once, and then again the default', async () => {
    model.enqueue({ kind: 'answer', content: { a: 1 }, usage: { promptTokens: 3, completionTokens: 4 } });
    const first = await answered(ask());
    expect(first.choices[0].message.content).toBe('{"a":1}');
    expect(first.usage).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
    expect((await answered(ask())).choices[0].message.content).toContain('Ada');
  });

  test('waits for its gate', async () => {
    const gate = Promise.withResolvers<void>();
    model.enqueue({ kind: 'answer', content: 'late', gate: gate.promise });
    let done = false;
    const answer = answered(ask()).finally(() => {
      done = true;
    });
    await model.waitForRequest(1);
    expect(done).toBe(false);
    gate.resolve();
    expect((await answer).choices[0].message.content).toBe('late');
  });

  test('is streamed as events that end with the finish reason, the usage where asked for, and [DONE]', async () => {
    model.enqueue({ kind: 'answer', content: 'one two three', chunks: 3 });
    const response = await ask({ stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = (await response.text()).trim().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map(event => JSON.parse(event.slice('data: '.length)));
    expect(chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join('')).toBe('one two three');
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1).usage.completion_tokens).toBe(4);
  });

  test('is streamed without usage where that was not asked for', async () => {
    const text = await (await ask({ stream: true })).text();
    expect(text).not.toContain('"usage"');
  });
});

describe('a failure', () => {
  test('is a 429 with Retry-After, or any other status', async () => {
    model.enqueue({ kind: 'rateLimited', retryAfter: 7 }, { kind: 'status', status: 500, body: 'oops' });
    const limited = await ask();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    const broken = await ask();
    expect([broken.status, await broken.text()]).toEqual([500, 'oops']);
  });

  test('is a 429 for every call above a limit, in a window that slides', async () => {
    const limited = await startScriptedModel({ limit: { calls: 2, perMs: 60_000 } });
    const statusOf = async () =>
      (await fetch(`${limited.url}/chat/completions`, { method: 'POST', body: '{}' })).status;
    expect([await statusOf(), await statusOf(), await statusOf()]).toEqual([200, 200, 429]);
    await limited.close();
  });

  test('is a connection cut before the headers or within the body', async () => {
    model.enqueue({ kind: 'cut', at: 'headers' }, { kind: 'cut', at: 'body' });
    await expect(ask()).rejects.toThrow('fetch failed');
    const half = await ask();
    expect(half.status).toBe(200);
    await expect(half.text()).rejects.toThrow('terminated');
    expect(model.requests.map(request => request.aborted)).toEqual([false, false]);
  });

  test('is half a role cut off by its length', async () => {
    model.enqueue({ kind: 'truncated' });
    const { choices } = await answered(ask());
    expect(choices[0].finish_reason).toBe('length');
    expect(() => JSON.parse(choices[0].message.content)).toThrow(SyntaxError);
  });

  test('is a filtered answer, JSON of another shape, or no JSON at all', async () => {
    model.enqueue({ kind: 'contentFilter' }, { kind: 'wrongShape' }, { kind: 'notJson' });
    expect((await answered(ask())).choices[0].finish_reason).toBe('content_filter');
    expect(await answered(ask())).not.toHaveProperty('choices');
    expect(await (await ask()).text()).toMatch(/^<!doctype html>/);
  });

  test('is silence until the client gives up, and that is recorded', async () => {
    model.always({ kind: 'hang' });
    const controller = new AbortController();
    const answer = ask({}, { signal: controller.signal });
    const request = await model.waitForRequest(1);
    controller.abort();
    await expect(answer).rejects.toThrow();
    await request.closed;
    expect(request.aborted).toBe(true);
  });
});

describe('the server', () => {
  test('records headers and body of every request', async () => {
    const second = model.waitForRequest(2);
    await ask({ temperature: 0.5 });
    await ask({ temperature: 0.7 });
    expect(model.requests[0]?.headers.authorization).toBe('Bearer test');
    expect((await second).body.temperature).toBe(0.7);
  });

  test('lists its model, and answers 404 elsewhere and 400 to what is not JSON', async () => {
    expect(await (await fetch(`${model.url}/models`)).json()).toMatchObject({ data: [{ id: 'scripted-1' }] });
    expect((await fetch(`${model.url}/embeddings`, { method: 'POST' })).status).toBe(404);
    expect((await ask({}, { body: '{' })).status).toBe(400);
  });

  test('closes while a call hangs', async () => {
    const other = await startScriptedModel();
    other.always({ kind: 'hang' });
    const answer = fetch(`${other.url}/chat/completions`, { method: 'POST', body: '{}' });
    await other.waitForRequest(1);
    await other.close();
    await expect(answer).rejects.toThrow('fetch failed');
  });

  test('says so when its port is taken', async () => {
    const port = Number(new URL(model.url).port);
    await expect(startScriptedModel({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
