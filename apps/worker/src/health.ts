import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '@roleforge/config';
import type { Opened } from '@roleforge/lifecycle';
import { pingRedis } from '@roleforge/queue';
import { createMetricsPage } from '@roleforge/telemetry';
import type { Connections } from './connections.ts';
import type { Consuming } from './consuming.ts';
import { startHealthServer } from './health-server.ts';
import { createReadiness, type Readiness, whileAnswering } from './readiness.ts';
import { followWorker, type WorkerMetrics } from './worker-metrics.ts';

type Needs = {
  config: Pick<Config, 'workerConcurrency' | 'workerHealthPort' | 'metricsApiKey'>;
  connections: Pick<Connections, 'database' | 'telling'>;
  metrics: WorkerMetrics;
  /** Null before it takes jobs. */
  consuming: () => Consuming | null;
  clock: () => Date;
};

export type Health = {
  readiness: Readiness;
  /** Where it is told; null where it is told nowhere. */
  healthPort: number | null;
};

/** Has it known from now on how the worker is: by its metrics, and on a port of its own if it is to have one. */
export async function openHealth(
  { config, connections, metrics, consuming, clock }: Needs,
  opened: Opened,
): Promise<Health> {
  const { workerConcurrency: concurrency, workerHealthPort, metricsApiKey } = config;
  const { database, telling } = connections;
  const readiness = createReadiness(
    {
      mysql: whileAnswering(() => database.ping(), clock),
      redis: whileAnswering(() => pingRedis(telling), clock),
      consuming: async () => consuming()?.finding() ?? null,
    },
    clock,
  );
  followWorker(metrics, { database, readiness, concurrency, inHand: () => consuming()?.inHand() ?? 0 });
  if (workerHealthPort === null) return { readiness, healthPort: null };
  const page = createMetricsPage({ registry: metrics.registry, keys: metricsApiKey === null ? [] : [metricsApiKey] });
  const server = await startHealthServer(workerHealthPort, { readiness, metrics: page });
  opened.add(() => closeServer(server));
  return { readiness, healthPort: (server.address() as AddressInfo).port };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
}
