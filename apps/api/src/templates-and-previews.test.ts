import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BatchResult, StrategyPreview } from '@roleforge/contracts';
import { problemOf, startTestApi, type TestApi, type TestClient } from './api.fixture.ts';

let folder: string;
let api: TestApi;
let client: TestClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roleforge-catalog-'));
  const file = join(folder, 'providers.json');
  const models = [{ model: 'm-1', inputUsdPerMillion: 2, outputUsdPerMillion: 8 }, { model: 'free' }];
  writeFileSync(file, JSON.stringify({ providers: [{ name: 'house', baseUrl: 'http://127.0.0.1:9/v1', models }] }));
  api = await startTestApi({ AI_PROVIDERS: file });
  client = await api.newClient();
});
afterAll(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

const put = (id: string, document: object, as = client) => as.send('PUT', `/v1/strategies/${id}`, document);

describe('a strategy with templates', () => {
  test('is stored as it was sent, and read again', async () => {
    const templates = { system: '\n{{ rules }}\n', user: '{{ documents }}\n  Go.' };
    const response = await put('own-words', { templates });
    expect([response.status, await response.json()]).toMatchObject([201, { templates }]);
    expect(await (await client.send('GET', '/v1/strategies/own-words')).json()).toMatchObject({ templates });
  });

  test.each([
    ['what does not parse', { user: 'Hello\n  {% if documents %}' }, '/templates/user', 2, 3],
    ['a loop without an end', { user: '{% for i in (1..100000000) %}{% endfor %}' }, '/templates/user', 1, 1],
    ['an unknown variable', { system: '{{ rules }}\n\n{{ rulez }}' }, '/templates/system', 3, 4],
    ['a source in the system template', { system: '{{ rules }} {{ baseInfo.name }}' }, '/templates/system', 1, 16],
    ['a file', { system: '{{ rules }}\n{% include "/etc/passwd" %}' }, '/templates/system', 2, 1],
  ])('is refused for %s, with line and column', async (_, templates, pointer, line, column) => {
    const problem = await problemOf(await put('bad-words', { templates }));
    expect(problem).toMatchObject({ status: 422, code: 'template_invalid' });
    expect(problem.errors).toEqual([{ pointer, line, column, message: expect.any(String) }]);
    expect((await client.send('GET', '/v1/strategies/bad-words')).status).toBe(404);
  });

  test('that are blank is refused as a field is', async () => {
    const problem = await problemOf(await put('blank', { templates: { user: ' \n ' } }));
    expect(problem).toMatchObject({ code: 'invalid_body', errors: [{ pointer: '/templates/user' }] });
  });
});

describe('a strategy that asks for a model which is not configured', () => {
  test('is refused when a creation names it, and taken when the model is there', async () => {
    await put('elsewhere', { model: 'm-1', fallbackModels: ['house/free', 'gone'] });
    const refused = await client.send('POST', '/v1/role-creations', { taskId: 'tea', strategyId: 'elsewhere' });
    expect(await problemOf(refused)).toMatchObject({
      status: 422,
      code: 'unknown_model',
      detail: expect.stringContaining('gone'),
      errors: [{ pointer: '/strategyId' }],
    });
    await put('here', { model: 'm-1', fallbackModels: ['house/free'] });
    await client.submit({ taskId: 'tea', strategyId: 'here' });
  });

  test('is refused item by item in a batch', async () => {
    await put('there', { model: 'gone' });
    const items = [{ taskId: 'a' }, { taskId: 'a', strategyId: 'there' }];
    const response = await client.send('POST', '/v1/role-creations/batch', { items });
    const result = BatchResult.parse(await response.json());
    expect(result).toMatchObject({ accepted: 1, refused: 1 });
    expect(result.items[1]).toMatchObject({
      status: 422,
      problem: { code: 'unknown_model', errors: [{ pointer: '/items/1/strategyId' }] },
    });
  });

  test('is any that names one, where roles are written from the template', async () => {
    const plain = await startTestApi();
    try {
      const own = await plain.newClient();
      await put('with-model', { model: 'm-1' }, own);
      const refused = await own.send('POST', '/v1/role-creations', { taskId: 'a', strategyId: 'with-model' });
      expect(await problemOf(refused)).toMatchObject({ code: 'unknown_model' });
      await own.submit({ taskId: 'a', strategyId: 'sales' });
    } finally {
      await plain.stop();
    }
  });
});

describe('a preview', () => {
  const preview = (id: string, body: object) => client.send('POST', `/v1/strategies/${id}/preview`, body);
  const previewed = async (id: string, body: object) => {
    const response = await preview(id, body);
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return StrategyPreview.strict().parse(JSON.parse(text));
  };

  beforeAll(async () => {
    await client.send('PUT', '/v1/tasks/tea/base-info', { name: '茶小满', locale: 'zh-CN' });
    await client.send('PUT', '/v1/tasks/tea/knowledge', {
      items: [{ title: '冲泡', content: '水温八十度，两分钟。' }],
    });
  });

  test('shows both messages, their size, what became of each source, and what a call would cost', async () => {
    await put('priced', { model: 'm-1', maxOutputTokens: 1_000, instructions: '写短一些。' });
    const shown = await previewed('priced', { taskId: 'tea' });
    expect(shown).toMatchObject({
      strategyId: 'priced',
      strategyVersion: 1,
      locale: 'zh-CN',
      model: 'm-1',
      system: expect.stringMatching(/^你负责[\s\S]*写短一些。$/),
      user: expect.stringContaining('水温八十度'),
      maxOutputTokens: 1_000,
      sources: { baseInfo: { state: 'loaded', count: 1 }, knowledge: { state: 'loaded', count: 1 } },
    });
    expect(shown.sources.talkStyle).toEqual({ state: 'empty', count: 0, tokens: 0, leftOut: 0 });
    expect(shown.sources.knowledge.tokens).toBeGreaterThan(10);
    expect(shown.inputTokens).toBeGreaterThan(shown.sources.knowledge.tokens + 300);
    const input = (shown.inputTokens * 2) / 1e6;
    expect(shown.estimatedCostUsd?.input).toBeCloseTo(input, 9);
    expect(shown.estimatedCostUsd?.most).toBeCloseTo(input + 0.008, 9);
  });

  test('takes sources that came along for the stored ones, and the strategy’s own language', async () => {
    await put('english', {
      locale: 'en-GB',
      model: 'free',
      templates: { user: '{{ baseInfo.name }}: {{ products | map: "name" }}' },
    });
    const sources = {
      baseInfo: { name: 'Mira', locale: 'zh-CN' },
      products: { items: [{ name: 'Tin' }, { name: 'Box' }] },
    };
    expect(await previewed('english', { taskId: 'nothing-stored', sources })).toMatchObject({
      locale: 'en-GB',
      system: expect.stringMatching(/^You write role profiles/),
      user: '"Mira": ["Tin","Box"]',
      maxOutputTokens: null,
      sources: { baseInfo: { state: 'inline' }, products: { state: 'inline', count: 2 } },
      estimatedCostUsd: null,
    });
  });

  test('of a system strategy asks for the first model, with no most where there is no limit', async () => {
    const shown = await previewed('default', { taskId: 'tea' });
    expect(shown).toMatchObject({ model: 'm-1', estimatedCostUsd: { most: null } });
  });

  test('is not found without the strategy, its base info, or a source that it needs', async () => {
    await put('needy', { sources: { products: 'required' } });
    for (const [id, taskId, said] of [
      ['nobody', 'tea', 'strategy'],
      ['default', 'nothing-stored', 'base info'],
      ['needy', 'tea', 'products'],
    ] as const)
      expect(await problemOf(await preview(id, { taskId }))).toMatchObject({
        status: 404,
        code: 'not_found',
        detail: expect.stringContaining(said),
      });
  });

  test('is refused for a model that is not configured, and for a field that nobody knows', async () => {
    await put('modelless', { model: 'gone' });
    expect(await problemOf(await preview('modelless', { taskId: 'tea' }))).toMatchObject({ code: 'unknown_model' });
    expect(await problemOf(await preview('default', { taskId: 'tea', typo: 1 }))).toMatchObject({
      code: 'invalid_body',
      errors: [{ pointer: '/typo' }],
    });
  });

  test('shows of large sources what fits the token budget, as a creation would, and says how much is left out', async () => {
    const items = Array.from({ length: 45 }, (_, n) => ({
      title: `t${n}`,
      content: '水温八十度，两分钟。'.repeat(600),
    }));
    const shown = await previewed('default', { taskId: 'tea', sources: { knowledge: { items } } });
    const { count, leftOut, tokens } = shown.sources.knowledge;
    expect(tokens).toBeLessThanOrEqual(12_000);
    expect(count).toBe(45);
    expect(leftOut).toBe(45 - (shown.user.match(/"title"/g) ?? []).length);
    expect(leftOut).toBeGreaterThan(0);
    expect(shown.inputTokens).toBeGreaterThan(shown.sources.knowledge.tokens);
  });
});
