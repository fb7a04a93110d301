export { currentContext, inContext, type WorkContext } from './context.ts';
export { createLogger, type Logger, silentLogger } from './logger.ts';
