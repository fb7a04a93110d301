import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { inContext } from '../../context.ts';
import type { Logger } from '../../logger.ts';

/**
 * An exporter whose failures are logged once per outage, and its end as well: under no request's name, though the timer that sends
 * spans was set by one.
 */
export function tellOutages(exporter: SpanExporter, log: Pick<Logger, 'warn' | 'info'>): SpanExporter {
  let away = false;
  return {
    export(spans, done) {
      exporter.export(spans, result => {
        const failed = result.code === ExportResultCode.FAILED;
        inContext({}, () => {
          if (failed && !away)
            log.warn('the collector takes no traces: they are dropped until it does', { error: result.error });
          if (!failed && away) log.info('the collector takes traces again');
        });
        away = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    async forceFlush() {
      await exporter.forceFlush?.();
    },
  };
}
