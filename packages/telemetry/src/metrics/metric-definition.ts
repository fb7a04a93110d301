/**
 * What bounds the values of a label that are known only when the process runs: a table of routes, a configuration. `Value` is what the
 * compiler lets be recorded under it.
 */
export type Bounded<Value extends string> = { readonly boundedBy: string; readonly value?: Value };

export function bounded<Value extends string = string>(boundedBy: string): Bounded<Value> {
  return { boundedBy };
}

/** A metric as the catalogue has it. Each label has the whole set of its values, or what bounds them. */
export type MetricDefinition = {
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  labels: Readonly<Record<string, readonly string[] | Bounded<string>>>;
  /** Upper bounds, of histograms alone, in the unit that the name ends with. */
  buckets?: readonly number[];
};

export type Catalogue = Readonly<Record<string, MetricDefinition>>;

/** The labels of a metric with the values that each may have. */
export type LabelsOf<Definition extends MetricDefinition> = {
  [Name in keyof Definition['labels']]: ValueOf<Definition['labels'][Name]>;
};

type ValueOf<Values> = Values extends readonly (infer Value)[]
  ? Value
  : Values extends Bounded<infer Value>
    ? Value
    : never;
