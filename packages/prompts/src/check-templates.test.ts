import { describe, expect, test } from '@jest/globals';
import { checkTemplates } from './check-templates.ts';

const ofSystem = (system: string) => checkTemplates({ system });
const ofUser = (user: string) => checkTemplates({ user });

describe('templates that may be saved', () => {
  test.each([
    '{{ rules }}',
    '{% if instructions %}{{ instructions }}{% else %}none{% endif %}',
    '{% case language %}{% when "zh" %}写{% else %}write {{ locale }}{% endcase %}',
    '{% assign tongue = language | upcase %}{{ tongue }}',
    '{% comment %} {{ anything }} {% endcomment %}{% raw %}{{ anything }}{% endraw %}',
  ])('a system template %j', template => {
    expect(ofSystem(template)).toEqual([]);
    expect(ofUser(template)).toEqual([]);
  });

  test.each([
    '{{ documents }}',
    '{{ baseInfo.name }} {{ baseInfo.age }} {{ talkStyle.avoid | join: ", " }} go',
    '{% for item in knowledge %}{{ item.id }} {{ item.title }} {{ item.tags }}{% else %}nothing known{% endfor %}',
    '{{ products | where: "currency", "GBP" | map: "name" | json }}',
  ])('a user template %j', template => expect(ofUser(template)).toEqual([]));
});

describe('templates that may not', () => {
  test.each([
    ['an output that is not closed', 'a\nb {{ rules', 2, 3],
    ['a block that is not closed', '\n\n  {% if rules %}x', 3, 3],
    ['an unknown tag', 'x {% frobnicate %}', 1, 3],
    ['an unknown filter', '{{ rules | frobnicate }}', 1, 1],
    ['a variable that nobody knows', 'x\n{{ rulez }}', 2, 4],
    ['one in a branch that is seldom taken', '{{ rules }}{% if locale == "fr" %}{{ rulez }}{% endif %}', 1, 38],
    ['a field that nobody knows', '{{ rules }} {{ rules.typo }}', 1, 16],
    ['a loop without an end', '{% for i in (1..100000000) %}x{% endfor %}', 1, 1],
    [
      'loops in loops',
      '{% for i in (1..700) %}{% for j in (1..700) %}{% for k in (1..700) %}x{% endfor %}{% endfor %}{% endfor %}',
      1,
      null,
    ],
    ['output without an end', `{% for i in (1..1000) %}${'x'.repeat(1_000)}{% endfor %}`, 1, null],
    [
      'a text that doubles',
      '{% assign x = rules %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}',
      1,
      null,
    ],
    [
      'a capture that doubles',
      '{% assign x = rules %}{% for i in (1..60) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}',
      1,
      null,
    ],
    ['nothing', '{% comment %}x{% endcomment %}', 1, 1],
    ['nothing where there are no instructions', '{{ instructions }}', 1, 1],
  ])('%s', (_, template, line, column) => {
    for (const problems of [ofSystem(template), ofUser(template)])
      expect(problems).toMatchObject([
        { line, column: column ?? expect.any(Number), message: expect.not.stringMatching(/line:|col:/) },
      ]);
  });

  test.each(['include', 'render', 'layout', 'block'])('%s of a file', tag => {
    const [problem] = ofUser(`{{ documents }}\n{% ${tag} "/etc/passwd" %}`);
    expect(problem).toMatchObject({ pointer: '/templates/user', line: 2, column: 1 });
  });

  test.each(['raw', 'date', 'sample', 'where_exp: "x", "x"'])('the filter %s', filter => {
    expect(ofUser(`{{ documents | ${filter} }}`)).toHaveLength(1);
  });

  test.each(['documents', 'baseInfo', 'talkStyle', 'knowledge', 'products'])('%s in the system template', name => {
    expect(ofSystem(`{{ rules }}\n{% if false %}{{ ${name} }}{% endif %}`)).toEqual([
      {
        pointer: '/templates/system',
        line: 2,
        column: 18,
        message: expect.stringContaining(`undefined variable: ${name}`),
      },
    ]);
    expect(ofUser(`x {{ ${name} }}`)).toEqual([]);
  });

  test('a field of an item that nobody knows, and an item that may not be there', () => {
    expect(ofUser('{% for p in products %}{{ p.cost }}{% endfor %}')).toMatchObject([
      { message: expect.stringContaining('p.cost') },
    ]);
    expect(ofUser('{{ products.first.name }}')).toHaveLength(1);
  });

  test('what is built in to every object', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect([...ofUser(`{{ baseInfo.${name} }}`), ...ofSystem(`{{ ${name} }}`)]).toHaveLength(2);
  });

  test('each of two is named by its own pointer', () => {
    const problems = checkTemplates({ system: '{{ x }}', user: '{{ y }} {{ z }}' });
    expect(problems.map(({ pointer }) => pointer)).toEqual(['/templates/system', '/templates/user', '/templates/user']);
  });
});
