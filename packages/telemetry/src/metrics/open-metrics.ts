import { Counter, Gauge, Registry } from 'prom-client';
import { inTime } from './in-time.ts';
import type { Catalogue, LabelsOf, MetricDefinition } from './metric-definition.ts';
import { type HistogramSeries, registerHistogram } from './register-histogram.ts';
import { type Series, seriesOf } from './series.ts';

/** One series of a counter. */
export type CounterSeries = { add(by?: number): void };
/** One series of a gauge. */
export type GaugeSeries = {
  set(value: number): void;
  /**
   * Has the value read whenever the page is. While that fails, or takes longer than a second, the series is left out; it is not
   * waited for longer.
   */
  follow(read: () => number | Promise<number>): void;
};

type SeriesOf<Kind extends MetricDefinition['kind']> = {
  counter: CounterSeries;
  histogram: HistogramSeries;
  gauge: GaugeSeries;
}[Kind];

/**
 * A metric to record with. `of` finds the series of these labels, and makes it at the first time; who records often keeps it. Values
 * outside a label's set do not compile, and where they come about all the same they are recorded nowhere.
 */
export type Meter<Definition extends MetricDefinition> = {
  of(...labels: keyof Definition['labels'] extends never ? [] : [LabelsOf<Definition>]): SeriesOf<Definition['kind']>;
};

/** The metrics of one process, and the registry that holds them alone. */
export type Metrics<C extends Catalogue> = { registry: Registry; meters: { [Name in keyof C]: Meter<C[Name]> } };

/**
 * Makes the metrics of a catalogue, in a registry of their own: several services in one process share nothing. A metric whose only
 * label has a known set of values has all of its series from the start, at zero, so that the first event is seen as a rise.
 */
export function openMetrics<C extends Catalogue>(catalogue: C): Metrics<C> {
  const registry = new Registry();
  const meters = Object.entries(catalogue).map(([name, definition]) => {
    const find = seriesOf(definition, maker(name, definition, registry));
    const [values, ...others] = Object.entries(definition.labels);
    if (definition.kind !== 'gauge' && others.length === 0) {
      if (values === undefined) find({});
      else if (!('boundedBy' in values[1])) for (const value of values[1]) find({ [values[0]]: value });
    }
    return [name, { of: (labels = {}) => find(labels) }] as const;
  });
  return { registry, meters: Object.fromEntries(meters) as unknown as Metrics<C>['meters'] };
}

/** How a series of the metric is made. */
function maker(
  name: string,
  { kind, help, labels, buckets }: MetricDefinition,
  registry: Registry,
): (given: Series) => SeriesOf<MetricDefinition['kind']> {
  const shape = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  switch (kind) {
    case 'counter':
      return counterMaker(shape);
    case 'histogram':
      return registerHistogram(registry, { name, help, buckets: buckets ?? [] });
    case 'gauge':
      return gaugeMaker(shape);
  }
}

type Shape = { name: string; help: string; labelNames: string[]; registers: Registry[] };

/** What is added is gathered, and handed on when the page is read: to add is to count, and nothing more. */
function counterMaker(shape: Shape) {
  const flushes: (() => void)[] = [];
  const counter = new Counter({
    ...shape,
    collect() {
      for (const flush of flushes) flush();
    },
  });
  return (given: Series): CounterSeries => {
    counter.inc(given, 0);
    let added = 0;
    flushes.push(() => {
      counter.inc(given, added);
      added = 0;
    });
    return {
      add(by = 1) {
        // A counter does not fall, and one that is no number once stays none.
        if (by > 0) added += by;
      },
    };
  };
}

const READ_PATIENCE_MS = 1_000;

function gaugeMaker(shape: Shape) {
  const readers: (() => Promise<void>)[] = [];
  const gauge = new Gauge({
    ...shape,
    async collect() {
      await Promise.all(readers.map(read => read()));
    },
  });
  // prom-client shows one without labels as 0 before anybody has said anything.
  gauge.remove({});
  return (given: Series): GaugeSeries => ({
    set: value => gauge.set(given, value),
    follow(read) {
      readers.push(async () => {
        const value = await inTime(read, READ_PATIENCE_MS).catch(() => null);
        if (value === null || !Number.isFinite(value)) gauge.remove(given);
        else gauge.set(given, value);
      });
    },
  });
}
