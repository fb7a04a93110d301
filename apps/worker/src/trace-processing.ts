import type { SpanOptions } from '@roleforge/telemetry';

/** The name and fields of the span in which a job of a queue is processed, by OpenTelemetry's conventions for messages. */
export function processing(queue: string): { name: string; fields: NonNullable<SpanOptions['fields']> } {
  return {
    name: `process ${queue}`,
    fields: {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': queue,
    },
  };
}
