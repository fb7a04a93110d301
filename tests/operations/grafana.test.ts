import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPrometheus, type TestPrometheus } from './prometheus.fixture.ts';
import { DEPLOY, readYaml, unknownNames } from './prometheus-rules.fixture.ts';

type Panel = {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: object;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { unit?: string } };
  targets?: { refId: string; expr: string; datasource: object }[];
};
type Variable = { name: string; type: string; query: string | { query: string } };
type Dashboard = { uid: string; panels: Panel[]; templating: { list: Variable[] } };

const GRAFANA = join(DEPLOY, 'grafana');
const text = readFileSync(join(GRAFANA, 'dashboards/roleforge.json'), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = panels.flatMap(({ title, targets: of = [] }) => of.map(target => ({ title, ...target })));
const variables = dashboard.templating.list;

let prometheus: TestPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ global: { scrape_interval: '1m' } });
});
afterAll(() => prometheus.close());

/** As Grafana would send it, with all processes, queues and models chosen. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*');
}

test('has a row for each part of the system', () => {
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual([
    'Now',
    'Accept path',
    'Queue',
    'Workers',
    'Steps',
    'Sources',
    'AI',
    'Webhooks',
    'Infrastructure',
    'Spend',
  ]);
});

test('every panel has a title of its own, a unit, a description and a query', () => {
  for (const { title, description, fieldConfig, targets: of } of panels) {
    expect([title, description]).toEqual([title, expect.stringMatching(/^[^ ].*\.$/)]);
    expect([title, fieldConfig.defaults.unit]).toEqual([title, expect.stringMatching(/^[a-zA-Z]+$/)]);
    expect([title, of?.length]).toEqual([title, expect.any(Number)]);
    expect(new Set(of?.map(({ refId }) => refId)).size).toBe(of?.length);
  }
  for (const { title, expr } of targets) expect([title, expr]).toEqual([title, expect.stringMatching(/[a-z]/)]);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

test('no panel lies on another or beyond the edge', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels) {
    const { x, y, w, h } = gridPos;
    expect([title, x + w]).toEqual([title, expect.closeTo(Math.min(x + w, 24))]);
    for (let column = x; column < x + w; column += 1)
      for (let line = y; line < y + h; line += 1) {
        expect([title, taken.has(`${column}:${line}`)]).toEqual([title, false]);
        taken.add(`${column}:${line}`);
      }
  }
});

test('Prometheus understands every query', async () => {
  for (const { expr } of targets) await prometheus.query(filledIn(expr));
  expect(targets.length).toBeGreaterThan(panels.length);
});

test('queries ask for metrics that there are', () => {
  const asked = [...targets.map(({ expr }) => expr), ...variables.map(({ query }) => JSON.stringify(query))];
  expect(asked.flatMap(expr => unknownNames(expr))).toEqual([]);
});

test('variables and the data source are those that there are', () => {
  const names = variables.map(({ name }) => name);
  const used = new Set(text.match(/\$\{?([a-z_]+)/g)?.map(name => name.replace(/^\$\{?/, '')));
  used.delete('__rate_interval');
  used.delete('__all');
  expect([...used].sort()).toEqual([...names].sort());

  type Sources = { datasources: { uid: string; type: string; url: string }[] };
  const [source] = readYaml<Sources>(join(GRAFANA, 'provisioning/datasources/prometheus.yml')).datasources;
  expect(source).toMatchObject({ type: 'prometheus', url: 'http://prometheus:9090' });
  expect(JSON.stringify(variables[0])).toContain(source?.uid);
});

test('keeps the address that bookmarks have', () => {
  expect(dashboard.uid).toBe('roleforge');
});
