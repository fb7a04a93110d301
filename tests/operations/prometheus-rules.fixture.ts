import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const DEPLOY = join(import.meta.dirname, '../../deploy');
export const PROMETHEUS = join(DEPLOY, 'prometheus');

/** One rule of Prometheus: an alert, or a recording of an expression under a name of its own. */
export type Rule = {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};
export type RuleFile = { groups: { name: string; interval?: string; rules: Rule[] }[] };

/** The paths of the files of rules. */
export const ruleFiles = filesOf('rules');
/** The paths of the files that test them. */
export const ruleTests = filesOf('tests');

function filesOf(folder: string): string[] {
  return readdirSync(join(PROMETHEUS, folder))
    .sort()
    .map(file => join(PROMETHEUS, folder, file));
}

export function readYaml<T>(path: string): T {
  return parse(readFileSync(path, 'utf8')) as T;
}

export function readRules(): Rule[] {
  return ruleFiles.flatMap(file => readYaml<RuleFile>(file).groups.flatMap(group => group.rules));
}

/** The alerts among the rules, by their names. */
export function readAlerts(): Map<string, Rule> {
  return new Map(readRules().flatMap(rule => (rule.alert === undefined ? [] : [[rule.alert, rule]])));
}

/**
 * The metrics that an expression asks for, under the names by which they are declared: a histogram's series stand for the
 * histogram. What rules record, and Prometheus's own `up`, are not among them.
 */
export function metricsOf(expr: string): string[] {
  const names = expr.match(/\b(roleforge|bullmq|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map(name => name.replace(/_(bucket|sum|count)$/, '')))];
}

/** The names that docs/metrics.md describes. */
export function documentedMetrics(): Set<string> {
  const text = readFileSync(join(DEPLOY, '../docs/metrics.md'), 'utf8');
  return new Set(text.match(/\b(roleforge|bullmq|nodejs|process)_[a-z0-9_]+/g));
}
