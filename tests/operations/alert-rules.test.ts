import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { provideTools } from '@roleforge/testkit';
import {
  DEPLOY,
  PROMETHEUS,
  readAlerts,
  readRules,
  readYaml,
  ruleFiles,
  ruleTests,
  unknownNames,
} from './prometheus-rules.fixture.ts';

type RuleTest = { tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[] };

const run = promisify(execFile);
const alerts = readAlerts();
let promtool: string;
let amtool: string;
beforeAll(async () => {
  ({ promtool, amtool } = await provideTools({ promtool: 'prometheus', amtool: 'prometheus-alertmanager' }));
});

test('promtool finds no fault in the rules', async () => {
  await run(promtool, ['check', 'rules', ...ruleFiles]);
});

test('promtool finds no fault in the configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const key = join(folder, 'metrics-key');
  await writeFile(key, '');
  const config = readFileSync(join(PROMETHEUS, 'prometheus.yml'), 'utf8').replaceAll('/tmp/metrics-key', key);
  await writeFile(join(folder, 'prometheus.yml'), config);
  await symlink(join(PROMETHEUS, 'rules'), join(folder, 'rules'));
  const { stdout } = await run(promtool, ['check', 'config', join(folder, 'prometheus.yml')]);
  expect(stdout.match(/rules found/g)).toHaveLength(ruleFiles.length);
  await rm(folder, { recursive: true });
});

test('amtool finds no fault in Alertmanager’s configuration', async () => {
  await run(amtool, ['check-config', join(DEPLOY, 'alertmanager/alertmanager.yml')]);
});

test('every alert fires when it must, with the right words, and is silent when it must be', async () => {
  await Promise.all(ruleTests.map(file => run(promtool, ['test', 'rules', file])));
});

test('every alert is tested both ways', () => {
  const tried = ruleTests.flatMap(file => readYaml<RuleTest>(file).tests.flatMap(({ alert_rule_test: of }) => of));
  const fired = tried.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname);
  const silent = tried.filter(({ exp_alerts }) => exp_alerts.length === 0).map(({ alertname }) => alertname);
  expect([...new Set(fired)].sort()).toEqual([...alerts.keys()].sort());
  expect([...new Set(silent)].sort()).toEqual([...alerts.keys()].sort());
});

test('every alert says how grave it is, what is so, and where to read on', () => {
  for (const [name, { labels, annotations }] of alerts) {
    expect([name, labels?.severity]).toEqual([name, expect.stringMatching(/^(critical|warning|info)$/)]);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/^.{10,100}$/),
      description: expect.stringMatching(/^.{40,300}\.$/),
      runbook_url: `docs/runbook.md#${name.toLowerCase()}`,
    });
  }
});

test('the runbook has a section on every alert', () => {
  const headings = readFileSync(join(DEPLOY, '../docs/runbook.md'), 'utf8').match(/^#+ .*$/gm) ?? [];
  const anchors = new Set(headings.map(heading => heading.replace(/^#+ /, '').trim().toLowerCase()));
  for (const name of alerts.keys()) expect(anchors).toContain(name.toLowerCase());
});

test('an effect that Alertmanager keeps back, and its cause, are alerts that there are', () => {
  const text = readFileSync(join(DEPLOY, 'alertmanager/alertmanager.yml'), 'utf8');
  const named = [...new Set(text.match(/RoleForge[A-Za-z]+/g))];
  expect(named.filter(name => !alerts.has(name))).toEqual([]);
});

test('rules ask for metrics that there are', () => {
  expect(readRules().flatMap(({ expr }) => unknownNames(expr))).toEqual([]);
});
