import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openDatabase } from '@roleforge/db';
import { testServers } from '@roleforge/testkit';

const ROOT = join(import.meta.dirname, '../..');
const pagesOf = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter(name => name.endsWith('.md'))
    .map(name => `${folder}/${name}`);

const DOCS = pagesOf('docs');
const DECISIONS = pagesOf('docs/decisions');
const PAPERS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'deploy/kubernetes/README.md',
  ...DOCS,
  ...DECISIONS,
];

const textOf = (paper: string) => readFileSync(join(ROOT, paper), 'utf8');

/** The anchors of a paper's headings, as GitHub makes them. */
function anchorsOf(paper: string): string[] {
  const prose = textOf(paper).replaceAll(/^\s*```[\s\S]*?^\s*```$/gm, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAPERS)('%s', paper => {
  test('links to what is there', () => {
    const broken = [...textOf(paper).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter(target => !/^https?:/.test(target))
      .filter(target => {
        const [file = '', anchor] = target.split('#');
        const path = file === '' ? paper : join(dirname(paper), file);
        if (!existsSync(join(ROOT, path))) return true;
        return anchor !== undefined && !anchorsOf(path).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  test('names commands of npm that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = [...textOf(paper).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
    expect(named.filter(name => scripts[name] === undefined)).toEqual([]);
  });
});

test('the README leads to every page of docs', () => {
  const named = [...textOf('README.md').matchAll(/\]\((docs\/[^)#]+\.md)/g)].map(([, page]) => page);
  expect(DOCS.filter(page => !named.includes(page))).toEqual([]);
});

test('decisions are numbered one after the other, by their names and their titles', () => {
  const numbers = DECISIONS.toSorted().map(page => ({
    byName: Number(page.slice('docs/decisions/'.length, -'.md'.length).split('-')[0]),
    byTitle: Number(/^# (\d+)\. /.exec(textOf(page))?.[1]),
  }));
  expect(numbers).toEqual(numbers.map((_, index) => ({ byName: index + 1, byTitle: index + 1 })));
});

test('CI runs the two commands that the README begins with', () => {
  for (const command of ['npm ci && npm run demo', 'npm ci && npm test'])
    expect(textOf('README.md')).toContain(`\`\`\`sh\n${command}\n\`\`\``);
  expect(textOf('.ci/run')).toMatch(/^npm ci && npm run demo/m);
  expect(textOf('.ci/run')).toMatch(/^npm test$/m);
});

test('the statements that the runbook has an operator ask are ones of this schema', async () => {
  const statements = [...textOf('docs/runbook.md').matchAll(/sql "([^"]+)"/g)].map(([, sql = '']) =>
    sql.replaceAll('\\$', '$'),
  );
  expect(statements.length).toBeGreaterThan(8);
  const database = openDatabase({ url: testServers().databaseUrl, patienceMs: 10_000 });
  try {
    for (const statement of statements) await database.knex.raw(statement);
  } finally {
    await database.close();
  }
});
