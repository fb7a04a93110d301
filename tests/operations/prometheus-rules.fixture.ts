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
 * The names of metrics that an expression asks for and nobody has described; also those of recordings that no rule makes. A histogram's
 * series stand for the histogram.
 */
export function unknownNames(expr: string, known = documentedMetrics()): string[] {
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''));
  const recorded = new Set(readRules().map(({ record }) => record));
  return [
    ...(expr.match(METRIC) ?? []).filter(name => !isKnown(name)),
    ...(expr.match(/\broleforge:[a-z0-9_:]+/g) ?? []).filter(name => !recorded.has(name)),
  ];
}

const METRIC = /\b(roleforge|bullmq|nodejs|process)_[a-z0-9_]+/g;

/** The names that docs/metrics.md describes. */
export function documentedMetrics(): Set<string> {
  return new Set(readFileSync(join(DEPLOY, '../docs/metrics.md'), 'utf8').match(METRIC));
}
