export { currentContext, inContext, type WorkContext } from './context.ts';
export { createLogger, type Logger, silentLogger } from './logger.ts';
export { openTracing } from './traces/open-tracing.ts';
export { traceIdOf } from './traces/traceparent.ts';
export { noTracing, type Span, type SpanOptions, type Tracing } from './traces/tracing.ts';
