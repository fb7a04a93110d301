export { currentContext, inContext, type WorkContext } from './context.ts';
export { createLogger, type Logger, silentLogger } from './logger.ts';
export { API_METRICS, HTTP_METHODS, type RouteTemplate, WORKER_METRICS } from './metrics/catalogue.ts';
export { createMetricsPage, METRICS_PATH, type MetricsPage } from './metrics/metrics-page.ts';
export { type Metrics, openMetrics } from './metrics/open-metrics.ts';
export { watchProcess } from './metrics/process-metrics.ts';
export { recordEnd } from './metrics/record-end.ts';
export { SYSTEM_METRICS } from './metrics/system-catalogue.ts';
