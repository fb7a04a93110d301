import { describe, expect, test } from '@jest/globals';
import { type GatheredSources, sourceDocuments, systemStrategies } from '@roleforge/domain';
import fc from 'fast-check';
import { composePrompt } from './compose-prompt.ts';
import { strategyOfOurs, TEA_SHOP, tenantStrategy } from './tea-shop.fixture.ts';

const compose = (sources: Partial<GatheredSources> = {}, strategy = tenantStrategy(), locale = 'zh-CN') =>
  composePrompt({ ...TEA_SHOP, ...sources }, strategy, locale);

const byUserTemplate = (user: string, sources: Partial<GatheredSources> = {}) =>
  compose(sources, tenantStrategy({ templates: { user } })).user;

describe('the built-in prompt', () => {
  test('speaks Chinese to write a Chinese role, and English for any other', () => {
    for (const locale of ['zh', 'zh-CN', 'zh-Hant-TW', 'ZH-HK'])
      expect(compose({}, tenantStrategy(), locale).system).toMatch(/^你负责撰写角色档案/);
    for (const locale of ['en', 'fr-FR', 'zha'])
      expect(compose({}, tenantStrategy(), locale).system).toMatch(/^You write role profiles/);
  });

  test.each(['zh-CN', 'en-GB'])('in %s names the language, every part of a role, and what may not be done', locale => {
    const { system } = compose({}, tenantStrategy(), locale);
    expect(system).toContain(locale);
    for (const part of [
      'systemPrompt',
      'greeting',
      'exampleDialogues',
      'sourceIds',
      'productId',
      'boundaries',
      'BEGIN',
    ])
      expect(system).toContain(part);
  });

  test('shows the sources’ documents in the user message, and nothing of them in the other', () => {
    const { system, user } = compose();
    expect(user).toBe(`${sourceDocuments(TEA_SHOP)}\n\n请撰写角色档案。`);
    expect(compose({}, tenantStrategy(), 'en').user).toBe(`${sourceDocuments(TEA_SHOP)}\n\nWrite the role profile.`);
    for (const typed of ['茶小满', '温和', '水温', '龙井']) expect(system).not.toContain(typed);
  });

  test('has a tenant’s instructions after the rules, as they stand', () => {
    const instructions = 'Stress the origin. {{ baseInfo.name }} {% for %} "quoted"';
    const { system } = compose({}, tenantStrategy({ instructions }));
    expect(system.endsWith(`其他要求：\n${instructions}`)).toBe(true);
    expect(system.startsWith(compose().system)).toBe(true);
  });

  test('has the same system message whatever the customer typed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), typed => {
        const { system } = compose({
          baseInfo: { name: typed, locale: 'zh-CN', background: typed, goals: [typed] },
          talkStyle: { tone: typed, avoid: [typed] },
          knowledge: { items: [{ id: 'a', title: typed, content: typed }] },
          products: { items: [{ id: 'b', name: typed }] },
        });
        expect(system).toBe(compose().system);
      }),
    );
  });

  test('takes what looks like a template in a source for text', () => {
    const { user } = compose({ baseInfo: { name: '{{ rules }}{% raw %}', locale: 'zh-CN' } });
    const [, document = ''] = /BEGIN BASE INFO \w+\n([\s\S]*?)\nEND/.exec(user) ?? [];
    expect(JSON.parse(document)).toMatchObject({ name: '{{ rules }}{% raw %}' });
    expect(user).not.toContain('{{');
  });
});

describe('the system strategies', () => {
  test('each have a prompt of their own in both languages', () => {
    const strategies = systemStrategies().map(({ id }) => strategyOfOurs(id));
    for (const locale of ['zh-CN', 'en-GB']) {
      const prompts = strategies.map(strategy => compose({}, strategy, locale).system);
      expect(new Set(prompts).size).toBe(3);
    }
  });

  test.each([
    ['concise', 'zh-CN', '一切从简', 'Keep everything short'],
    ['concise', 'en-GB', 'Keep everything short', '一切从简'],
    ['sales', 'zh-CN', '销售顾问', 'sales adviser'],
    ['sales', 'en-GB', 'sales adviser', '销售顾问'],
  ])('%s is in one language for %s', (id, locale, present, absent) => {
    const { system } = compose({}, strategyOfOurs(id), locale);
    expect(system).toContain(present);
    expect(system).not.toContain(absent);
  });

  test('lend nothing to a tenant’s strategy of the same name', () => {
    expect(compose({}, tenantStrategy({ instructions: 'My way.' })).system).toMatch(/My way\.$/);
    expect(compose({}, tenantStrategy()).system).not.toContain('一切从简');
  });
});

describe('a strategy’s own templates', () => {
  test('stand in for the built-in ones, each by itself', () => {
    const system = '{% if language == "zh" %}中文{% endif %} {{ locale }}: {{ instructions }}\n{{ rules }}';
    const prompt = compose({}, tenantStrategy({ templates: { system }, instructions: 'Short.' }));
    expect(prompt.system).toBe(`中文 zh-CN: Short.\n${compose().system}`);
    expect(prompt.user).toBe(compose().user);
  });

  test('get the documents and the tenant’s own words as they stand, and the customer’s words in quotes', () => {
    const user =
      '{{ locale }} {{ language }}\n{{ documents }}\n{{ baseInfo.name }} {{ products | map: "name" | join: "/" }}';
    expect(byUserTemplate(user)).toBe(`zh-CN zh\n${sourceDocuments(TEA_SHOP)}\n"茶小满" "龙井"`);
  });

  test('loop over items, and find a field that was left out empty', () => {
    const user = '{% for p in products %}{{ forloop.index }}. {{ p.name }} {{ p.price }}{{ p.url }}\n{% endfor %}';
    expect(byUserTemplate(user)).toBe('1. "龙井" 128\n');
    expect(byUserTemplate('{{ talkStyle.tone }}{{ baseInfo.age | default: "none" }}', { talkStyle: null })).toBe(
      '"none"',
    );
    expect(byUserTemplate('{{ knowledge | json }}|{{ knowledge.size }}', { knowledge: null })).toBe('[]|0');
  });

  test.each([
    '{{ baseInfo.background }}',
    '{{ baseInfo.background | append: "" }}',
    '{{ baseInfo | json }}',
    '{{ baseInfo }}',
    '{% echo baseInfo.background %}',
    '{% cycle baseInfo.background %}',
    '{% capture text %}{{ baseInfo.background }}{% endcapture %}{{ text }}',
    '{% assign lines = baseInfo.background | split: "x" %}{{ lines }}',
    '{% liquid echo baseInfo.background %}',
    '{% for field in baseInfo %}{{ field }}{% endfor %}',
    '{{ documents | append: baseInfo.background }}',
  ])('%s lets no customer begin a line', user => {
    const hostile = fc
      .array(fc.constantFrom('x', '\n', '\r', '\u2028', '\u0085', '"', '\\', 'END BASE INFO', '\\n'))
      .map(pieces => `x${pieces.join('')}`);
    fc.assert(
      fc.property(hostile, background => {
        const lines = byUserTemplate(user, { baseInfo: { name: 'M', locale: 'zh-CN', background } }).split(
          /[\n\r\u2028\u0085]/,
        );
        expect(lines).toHaveLength(1);
      }),
    );
  });

  test('have no invisible characters in what the customer typed', () => {
    const baseInfo = { name: 'M\u200bi\u202era', locale: 'en' };
    expect(byUserTemplate('{{ baseInfo.name }} {{ documents }}', { baseInfo })).not.toMatch(/[\u200b\u202e]/);
  });

  test('that cannot be rendered for a task fail the creation as the request’s fault, without the customer’s words', () => {
    const render = () => byUserTemplate('{{ baseInfo.secret }}');
    expect(render).toThrow(
      expect.objectContaining({
        name: 'CreationFailure',
        code: 'template_invalid',
        owner: 'request',
        retryable: false,
      }),
    );
    const grown = '{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}';
    expect(() => byUserTemplate(grown)).toThrow(expect.objectContaining({ code: 'template_invalid' }));
  });
});
