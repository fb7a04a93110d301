import { type Kept, keepRunning } from '@roleforge/lifecycle';
import { type ServiceProcess, type ServiceSpec, startService } from './service-process.ts';

/** A service that is started again whenever it ends. */
export type KeptService = Kept<ServiceProcess>;

/**
 * Starts a service, and starts it again whenever it ends without having been told to.
 * @param patienceMs how long it may take to stop before it is made to
 * @throws Error with the service's own line when it does not start the first time
 */
export function keepService(
  spec: ServiceSpec,
  patienceMs: number,
  report: (line: string) => void,
): Promise<KeptService> {
  return keepRunning({
    name: spec.name,
    start: () => startService(spec),
    end: service => service.stop(patienceMs),
    report,
  });
}
