import type { Metric, Registry } from 'prom-client';
import type { Series } from './series.ts';

/** One series of a histogram. */
export type HistogramSeries = { observe(value: number): void };

type Shape = { name: string; help: string; buckets: readonly number[] };

/** How many observations have come to each bucket and to none, and what they sum up to. */
type Counted = { labels: Series; counts: number[]; sum: number };

/**
 * A histogram in a registry of prom-client's, which shows it as its own. To observe is an addition here: prom-client's own looks the labels up
 * each time, which for the three histograms and counters of an accepted request came to 3 % of what that costs.
 * @returns makes a series, which stands at zero
 */
export function registerHistogram(
  registry: Registry,
  { name, help, buckets }: Shape,
): (labels: Series) => HistogramSeries {
  const all: Counted[] = [];
  const type = 'histogram';
  const get = async () => ({ name, help, type, values: all.flatMap(valuesOf), aggregator: 'sum' });
  registry.registerMetric({ name, help, type, get } as unknown as Metric);

  function valuesOf({ labels, counts, sum }: Counted) {
    let count = 0;
    const upTo = (le: string, own: number) => {
      count += own;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    };
    return [
      ...buckets.map((bound, index) => upTo(String(bound), counts[index] ?? 0)),
      upTo('+Inf', counts[buckets.length] ?? 0),
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }

  return labels => {
    const counted: Counted = { labels, counts: new Array(buckets.length + 1).fill(0), sum: 0 };
    all.push(counted);
    return {
      observe(value) {
        // One that is no number would leave the sum none for ever.
        if (!Number.isFinite(value)) return;
        let index = 0;
        while (index < buckets.length && value > (buckets[index] as number)) index += 1;
        counted.counts[index] = (counted.counts[index] as number) + 1;
        counted.sum += value;
      },
    };
  };
}
