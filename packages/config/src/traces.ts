import { z } from 'zod';

/** Where traces go, and which; names and meanings of the variables are OpenTelemetry's. */
export type TracesConfig = {
  /** Where spans are posted to, path included. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Null where each process's own name is to stand in the traces. */
  serviceName: string | null;
  /** What else is said of the process. */
  resource: Readonly<Record<string, string>>;
  sampler: (typeof SAMPLERS)[number];
  /** The share of traces, in [0, 1], that the samplers by ratio keep. */
  ratio: number;
};

export const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;

/** `name=value` pairs separated by commas; names and values may be percent-encoded, as OpenTelemetry has them. */
export const namedValues = z.string().transform((text, context): Record<string, string> => {
  const pairs = text
    .split(',')
    .filter(part => part.trim() !== '')
    .map(part => /^\s*([^=\s]+)\s*=(.*)$/.exec(part));
  try {
    const decoded = pairs.map(pair => {
      if (pair === null) throw new Error('no pair');
      return [decodeURIComponent(pair[1] ?? ''), decodeURIComponent((pair[2] ?? '').trim())];
    });
    return Object.fromEntries(decoded);
  } catch {
    context.addIssue('must be name=value pairs, separated by commas, with commas and percent signs in them encoded');
    return z.NEVER;
  }
});

/** A number in [0, 1]. */
export const ratio = z
  .string()
  .regex(/^(0|1|0?\.\d+|0\.\d*|1\.0*)$/, 'must be a number from 0 to 1')
  .transform(Number);

type Values = {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_HEADERS?: Record<string, string> | undefined;
  OTEL_SERVICE_NAME?: string | undefined;
  OTEL_RESOURCE_ATTRIBUTES?: Record<string, string> | undefined;
  OTEL_TRACES_SAMPLER: TracesConfig['sampler'];
  OTEL_TRACES_SAMPLER_ARG: number;
};

/** Null where no collector is named. The endpoint is what the paths of all signals begin with. */
export function tracesOf(values: Values): TracesConfig | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = values;
  if (endpoint === undefined) return null;
  return {
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: values.OTEL_SERVICE_NAME ?? null,
    resource: values.OTEL_RESOURCE_ATTRIBUTES ?? {},
    sampler: values.OTEL_TRACES_SAMPLER,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  };
}
