import type { Logger } from '../logger.ts';

/** By which rule it is decided whether a trace is kept: names and meanings are OpenTelemetry's. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export type TracingSettings = {
  /** Where spans are posted to, path included. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Null where the process's own name is to stand in the traces. */
  serviceName: string | null;
  /** What else is said of this process. */
  resource: Readonly<Record<string, string>>;
  sampler: SamplerName;
  /** Of the traces, in [0, 1], where the sampler asks for one. */
  ratio: number;
};

export type TracedProcess = {
  /** `api` or `worker`. */
  service: string;
  version: string;
  log: Pick<Logger, 'warn' | 'info'>;
  /** How long the stop may wait for the collector, in milliseconds. */
  patienceMs: number;
};
