export { currentContext, inContext, type WorkContext } from './context.ts';
export { foldMetricTexts, type GaugeReading, gaugesText } from './gauges-text.ts';
export { createLogger, type Logger, silentLogger } from './logger.ts';
