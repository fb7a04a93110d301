import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * Adds prom-client's metrics of the process itself (`process_*`, `nodejs_*`): CPU, memory, event-loop delay, garbage collection. They are
 * watched from now to the end of the process, which is why programs ask for them, and not the services in them.
 */
export function watchProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
