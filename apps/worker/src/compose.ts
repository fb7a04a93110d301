import type { CreationId } from '@roleforge/contracts';
import { createSourceStore } from '@roleforge/db';
import { openEgress } from '@roleforge/egress';
import { nothingOpened } from '@roleforge/lifecycle';
import { createLogLevels, followLogLevel, listenForControl, publishControl, startMaintenance } from '@roleforge/queue';
import { openSourceCache } from '@roleforge/source-cache';
import { createSteering } from '@roleforge/steering';
import { type Logger, openTracing } from '@roleforge/telemetry';
import manifest from '../package.json' with { type: 'json' };
import { openAnnouncing } from './announcing.ts';
import { startAttemptOrders } from './attempt-orders.ts';
import { openConnections, openQueues, openSideConnections, type WorkerConfig } from './connections.ts';
import { type Consuming, openConsuming } from './consuming.ts';
import { openHealth } from './health.ts';
import { maintenanceJobs } from './maintenance-jobs.ts';
import { createRoleMaking } from './role-making.ts';
import { startBulks } from './start-bulks.ts';
import { createWorkerObserver, openWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts';

export type RunningWorker = {
  /** Where it answers health checks; null where it answers none. */
  healthPort: number | null;
  /** Finishes what is in hand within the grace, hands back the rest, closes everything. */
  stop(): Promise<void>;
};

/** How long the stop waits at most for the last traces to be taken, in milliseconds. */
const TRACES_PATIENCE_MS = 2_000;

/**
 * Builds a worker and starts it. What was opened is closed again, in reverse order, at the stop or when the start fails.
 * @param metrics where it records what it does; metrics of its own unless its process has some already
 */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  metrics: WorkerMetrics = openWorkerMetrics(),
): Promise<RunningWorker> {
  const { queuePrefix: prefix } = config;
  const clock = () => new Date();
  const opened = nothingOpened();
  const observer = createWorkerObserver(metrics);
  const onError = (error: Error) => log.error('queue error', { error });

  try {
    const patienceMs = Math.min(TRACES_PATIENCE_MS, config.shutdownGraceMs);
    const tracing = await openTracing(config.traces, { service: 'worker', version: manifest.version, log, patienceMs });
    opened.add(() => tracing.close());
    const connections = await openConnections(config, { tracing, log }, opened);
    const { database, taking, telling } = connections;
    const levels = followLogLevel({
      levels: createLogLevels(telling, prefix),
      service: 'worker',
      apply: level => log.setLevel(level),
    });
    opened.add(levels.stop);
    const { listening, copying } = openSideConnections(config, opened);
    const reader = createSourceStore(database, clock);
    const sources = openSourceCache({ reader, redis: copying, listening, prefix, clock });
    opened.add(() => sources.close());
    const { ledger, events, webhookQueue, notifyEnd, announce } = openAnnouncing(
      { connections, prefix, observer, log, clock, onError },
      opened,
    );

    let consuming: Consuming | null = null;
    const { readiness, healthPort } = await openHealth(
      { config, connections, metrics, consuming: () => consuming, clock },
      opened,
    );

    const { queue, bulkQueue } = openQueues({ taking, prefix, onError }, opened);
    const jobs = maintenanceJobs({
      ...{ config, database, queue, bulkQueue, webhookQueue, events, announce, observer, log, clock },
    });
    const maintenance = await startMaintenance({ redis: taking, prefix, jobs, onError });
    opened.add(() => maintenance.stop());
    const tellWorker = (id: CreationId) => publishControl(telling, prefix, id);
    const steering = createSteering({ database, queue, events, tellWorker, notifyEnd, onEnd: observer.ended, clock });
    const bulks = startBulks({ redis: taking, prefix, database, steering, clock, onError });
    opened.add(() => bulks.stop());

    const orders = startAttemptOrders({ ledger, onError: error => log.debug('orders not read', { error }) });
    opened.add(() => orders.stop());
    listenForControl(listening, prefix, orders.look, onError);
    const egress = openEgress({ targets: config.webhookTargets });
    opened.add(() => egress.close());
    const roleMaking = createRoleMaking({
      ...{ config, connections, metrics, ledger, sources, announce, orders, observer, tracing, log, clock },
    });
    consuming = await openConsuming({ config, connections, roleMaking, orders, wayOut: egress, onError }, opened);
    readiness.started();
    opened.add(readiness.stopping);
    const writer = config.ai?.models[0]?.model ?? 'template';
    log.info('worker ready', { concurrency: config.workerConcurrency, writer, healthPort });
    return { healthPort, stop: opened.closeAll };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}
