/** What a page of metrics in Prometheus's text format holds. */
export type MetricsText = {
  /** By name, without the suffixes of a histogram's series. */
  families: Map<string, { kind: string; help: string }>;
  samples: readonly Sample[];
  /** The sum over the samples of this name that have these labels, whatever others they have; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
};

type Sample = { name: string; labels: Readonly<Record<string, string>>; value: number };

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:, ?|$)/y;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|[+-]inf)$/i;

/**
 * Reads a page more strictly than Prometheus does: what is said of a metric comes once and before its samples, which stand together; no
 * series comes twice; a histogram's buckets rise to its count. @throws Error that quotes the first line which is wrong
 */
export function readMetricsText(text: string): MetricsText {
  const families: MetricsText['families'] = new Map();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const helps = new Map<string, string>();
  let current: string | null = null;
  if (text !== '' && !text.endsWith('\n')) throw new Error('The page does not end with a line feed.');
  for (const line of text.split('\n')) {
    const wrong = (why: string) => new Error(`${why}: ${line}`);
    if (line === '') continue;
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    if (helped !== undefined) {
      if (helps.has(helped)) throw wrong('a second HELP');
      helps.set(helped, help);
      continue;
    }
    const [, typed, kind = ''] = TYPE.exec(line) ?? [];
    if (typed !== undefined) {
      if (families.has(typed)) throw wrong('a second TYPE');
      families.set(typed, { kind, help: helps.get(typed) ?? '' });
      current = typed;
      continue;
    }
    const [, name, labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === undefined || !VALUE.test(value)) throw wrong('not a line of the format');
    const labels = readLabels(labelText);
    if (labels === null) throw wrong('bad labels');
    if (current === null || familyOf(name, families.get(current)?.kind) !== current) throw wrong('not with its TYPE');
    const series = `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`;
    if (seen.has(series)) throw wrong('a series that came before');
    seen.add(series);
    samples.push({ name, labels, value: numberOf(value) });
  }
  for (const [name, { kind }] of families) if (kind === 'histogram') checkBuckets(name, samples);
  return {
    families,
    samples,
    value(name, labels = {}) {
      const found = samples.filter(
        sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}

function readLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined || Object.hasOwn(labels, name)) return null;
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function familyOf(name: string, kind: string | undefined): string {
  return kind === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
}

function numberOf(value: string): number {
  const infinite = /^([+-])inf$/i.exec(value);
  return infinite === null
    ? Number(value.toLowerCase() === 'nan' ? Number.NaN : value)
    : Number(`${infinite[1]}Infinity`);
}

function checkBuckets(name: string, samples: readonly Sample[]): void {
  const last = new Map<string, Sample>();
  const seriesOf = ({ labels: { le: _, ...rest } }: Sample) => JSON.stringify(Object.entries(rest).toSorted());
  for (const bucket of samples.filter(sample => sample.name === `${name}_bucket`)) {
    const before = last.get(seriesOf(bucket));
    const bound = numberOf(bucket.labels.le ?? '');
    const rises = before === undefined || (bound > numberOf(before.labels.le ?? '') && bucket.value >= before.value);
    if (Number.isNaN(bound) || !rises) throw new Error(`${name}: a bucket out of order at le=${bucket.labels.le}`);
    last.set(seriesOf(bucket), bucket);
  }
  for (const count of samples.filter(sample => sample.name === `${name}_count`)) {
    const all = last.get(seriesOf(count));
    if (all?.labels.le !== '+Inf' || all.value !== count.value)
      throw new Error(`${name}: the buckets are not its count`);
  }
}
