import { noTracing, type Tracing } from './tracing.ts';
import type { TracedProcess, TracingSettings } from './tracing-settings.ts';

/** Begins to trace; without settings nothing is traced, and nothing of OpenTelemetry is loaded. */
export async function openTracing(settings: TracingSettings | null, about: TracedProcess): Promise<Tracing> {
  if (settings === null) return noTracing;
  const { startTracing } = await import('./otel/start-tracing.ts');
  return startTracing(settings, about);
}
