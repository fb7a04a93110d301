import { Gauge, Registry } from 'prom-client';

/** A gauge as it is at this moment: one value for each set of labels. */
export type GaugeReading = {
  name: string;
  help: string;
  values: readonly { labels?: Readonly<Record<string, string>>; value: number }[];
};

/** Readings as Prometheus text, from a registry of their own: what is not read this time is not told. */
export async function gaugesText(readings: readonly GaugeReading[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, values } of readings) {
    const labelNames = Object.keys(values[0]?.labels ?? {});
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of values) gauge.set(labels, value);
  }
  return registry.metrics();
}

/** Several texts as one: each metric's help and type once, and all its samples after them, as the format asks for. */
export function foldMetricTexts(texts: readonly string[]): string {
  const metrics = new Map<string, { about: Map<string, string>; samples: string[] }>();
  for (const line of texts.flatMap(text => text.split('\n'))) {
    const about = /^# (HELP|TYPE) (\S+)/.exec(line);
    const name = about?.[2] ?? /^[A-Za-z_:][\w:]*/.exec(line)?.[0];
    if (name === undefined) continue;
    const metric = metrics.get(name) ?? { about: new Map<string, string>(), samples: [] };
    metrics.set(name, metric);
    const kind = about?.[1];
    if (kind === undefined) metric.samples.push(line);
    else if (!metric.about.has(kind)) metric.about.set(kind, line);
  }
  return [...metrics.values()].flatMap(({ about, samples }) => [...about.values(), ...samples]).join('\n');
}
