import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Tracing } from '../tracing.ts';
import type { TracedProcess, TracingSettings } from '../tracing-settings.ts';
import { holdBack } from './held-back.ts';
import { watchRedis } from './redis-spans.ts';
import { createSpans } from './spans.ts';
import { statementOf } from './statement.ts';
import { tellOutages } from './tell-outages.ts';

/** Longer than this nobody waits for one answer of the collector, in milliseconds. */
const EXPORT_TIMEOUT_MS = 10_000;

const EXPORT_EVERY_MS = 1_000;
const MOST_WAITING = 2_048;

/** Traces to a collector that speaks OTLP over HTTP. Nothing global is set: a process may have several. */
export function startTracing(settings: TracingSettings, about: TracedProcess): Tracing {
  const exporter = new OTLPTraceExporter({
    url: settings.url,
    headers: { ...settings.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  // What comes while the collector does not keep up is dropped.
  const processor = new BatchSpanProcessor({
    exporter: tellOutages(exporter, about.log),
    scheduledDelayMillis: EXPORT_EVERY_MS,
    maxQueueSize: MOST_WAITING,
  });
  const provider = new TracerProvider({
    sampler: samplerOf(settings),
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.version': about.version,
        'service.namespace': 'roleforge',
        'service.instance.id': randomUUID(),
        ...settings.resource,
        'service.name': settings.serviceName ?? settings.resource['service.name'] ?? `roleforge-${about.service}`,
      }),
    ),
    spanProcessors: [holdBack(processor)],
  });
  const { begin, ...spans } = createSpans(provider.getTracer('roleforge', about.version));
  const unwatchRedis = watchRedis(begin);
  return {
    ...spans,
    onStatement: sql => begin(() => statementOf(sql)),
    async close() {
      unwatchRedis();
      const over = new AbortController();
      const flushed = provider.shutdown().catch(() => {});
      const tooLong = wait(about.patienceMs, undefined, { signal: over.signal }).catch(() => {});
      await Promise.race([flushed, tooLong]);
      over.abort();
    },
  };
}

function samplerOf({ sampler, ratio }: Pick<TracingSettings, 'sampler' | 'ratio'>): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
