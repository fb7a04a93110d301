import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { API_METRICS, PROCESS_METRICS, WORKER_METRICS } from './catalogue.ts';
import type { Catalogue, MetricDefinition } from './metric-definition.ts';
import { SYSTEM_METRICS } from './system-catalogue.ts';

const TEXT = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

/** The rows of the tables in a section, by the metric that each is about. */
function rowsOf(section: string): Map<string, readonly string[]> {
  const text = TEXT.split(/^## /m).find(part => part.startsWith(section)) ?? '';
  const rows = text.split('\n').flatMap(line => {
    const [, name = '', ...cells] = line.split(' | ').map(cell => cell.replace(/^\| |\s*\|$/g, '').trim());
    const first = /^\| `(roleforge_\w+)` /.exec(line)?.[1];
    return first === undefined ? [] : [[first, [name, ...cells]] as const];
  });
  return new Map(rows);
}

const without = (catalogue: Catalogue, other: Catalogue): Catalogue =>
  Object.fromEntries(Object.entries(catalogue).filter(([name]) => !Object.hasOwn(other, name)));

const SECTIONS: [string, Catalogue][] = [
  ['Of an api process', without(API_METRICS, PROCESS_METRICS)],
  ['Of a worker process', without(WORKER_METRICS, PROCESS_METRICS)],
  ['Of both', PROCESS_METRICS],
  ['Of the system as a whole', SYSTEM_METRICS],
];

test.each(SECTIONS)('docs/metrics.md, %s, has every metric of the catalogue, and no others', (section, catalogue) => {
  const rows = rowsOf(section);
  expect([...rows.keys()]).toEqual(Object.keys(catalogue));
  for (const [name, { kind, help, labels }] of Object.entries<MetricDefinition>(catalogue)) {
    const [shownKind, shownLabels, meaning, advice] = rows.get(name) ?? [];
    expect([name, shownKind, meaning]).toEqual([name, kind, help]);
    expect([name, ...(shownLabels?.matchAll(/(?:^|<br>)`(\w+)`:/g) ?? [])].length).toBe(1 + Object.keys(labels).length);
    for (const [label, values] of Object.entries(labels)) {
      const shown = new RegExp(`\`${label}\`: ([^<]*)`).exec(shownLabels ?? '')?.[1]?.trim();
      if ('boundedBy' in values) expect([name, label, shown]).toEqual([name, label, values.boundedBy]);
      else if (shown?.startsWith('the codes of ') !== true)
        expect([name, label, shown]).toEqual([name, label, values.map(value => `\`${value}\``).join(' ')]);
    }
    expect([name, advice]).toEqual([name, expect.stringMatching(/\w/)]);
  }
});
