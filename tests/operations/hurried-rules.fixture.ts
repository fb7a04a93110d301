import { basename } from 'node:path';
import { type RuleFile, readYaml, ruleFiles } from './prometheus-rules.fixture.ts';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * The rules as they are in deploy/, in a hurry: everything that lasts is so many times shorter, so that a test need not wait for minutes.
 * Ranges keep some seconds, for a rate needs two scrapes at least. Figures that are compared with stay as they are.
 */
export function hurriedRules(times: number): Record<string, RuleFile> {
  const shorter = (duration: string, leastMs = 0) =>
    duration.replace(/(\d+)([smhd])/, (_, count: string, unit: keyof typeof SECONDS) => {
      const ms = Math.max(leastMs, Math.ceil((Number(count) * SECONDS[unit] * 1000) / times));
      return `${ms}ms`;
    });
  const hurried = (file: string): RuleFile => ({
    groups: readYaml<RuleFile>(file).groups.map(group => ({
      ...group,
      rules: group.rules.map(rule => ({
        ...rule,
        expr: rule.expr
          .replaceAll(/\[(\d+[smhd])\]/g, (_, range: string) => `[${shorter(range, 5_000)}]`)
          .replaceAll(/offset (\d+[smhd])/g, (_, back: string) => `offset ${shorter(back)}`),
        ...(rule.for === undefined ? {} : { for: shorter(rule.for) }),
      })),
    })),
  });
  return Object.fromEntries(ruleFiles.map(file => [basename(file), hurried(file)]));
}
