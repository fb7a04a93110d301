import type { MetricDefinition } from './metric-definition.ts';

/** The labels of one series. */
export type Series = Readonly<Record<string, string>>;

/** Takes what is recorded where no series may be: a label had a value that the catalogue does not know. */
const NOWHERE = { add() {}, observe() {}, set() {}, follow() {} };

/**
 * Finds the series of some labels, each of which is made once. Values outside a label's set get none: whatever finds its way to
 * a label, from a newer release's rows, say, a page grows no further than its catalogue.
 */
export function seriesOf<T>({ labels }: MetricDefinition, make: (series: Series) => T): (given: Series) => T {
  const known = new Map<string, T>();
  const names = Object.keys(labels);
  const isKnownValue = (name: string, value: string | undefined) => {
    const values = labels[name];
    return values !== undefined && value !== undefined && ('boundedBy' in values || values.includes(value));
  };

  return given => {
    // Faster than a join, and none of the values holds a line feed.
    let key = '';
    for (const name of names) key += `${given[name]}\n`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (!names.every(name => isKnownValue(name, given[name]))) return NOWHERE as T;
    const made = make(Object.fromEntries(names.map(name => [name, given[name] ?? ''])));
    known.set(key, made);
    return made;
  };
}
