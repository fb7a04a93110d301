import type { Opened } from '@roleforge/lifecycle';
import { createWorkforce } from '@roleforge/queue';
import type { WayOut } from '@roleforge/webhooks';
import type { AttemptOrders } from './attempt-orders.ts';
import type { Connections, WorkerConfig } from './connections.ts';
import { describeDoing } from './describe-doing.ts';
import { type Presence, startPresence } from './presence.ts';
import type { RoleMaking } from './role-making.ts';
import { startCreations } from './start-creations.ts';
import { startDeliveries } from './start-deliveries.ts';

/** A worker that takes jobs. */
export type Consuming = Pick<Presence, 'finding'> & {
  /** How many creations it has in hand. */
  inHand(): number;
};

type Needs = {
  config: WorkerConfig;
  connections: Connections;
  roleMaking: RoleMaking;
  orders: AttemptOrders;
  /** By which webhooks leave. */
  wayOut: WayOut;
  onError: (error: Error) => void;
};

/**
 * Takes creations and deliveries from now on, and is counted among the workers. When it is closed, it says that it is leaving, has what is
 * in hand finished within the grace, hands back the rest, and is gone.
 */
export async function openConsuming(
  { config, connections, roleMaking, orders, wayOut, onError }: Needs,
  opened: Opened,
): Promise<Consuming> {
  const { queuePrefix: prefix, workerConcurrency: concurrency, workerLockMs: lockMs, shutdownGraceMs } = config;
  const { database, taking: redis, telling } = connections;
  const { observer, tracing, log, clock } = roleMaking;
  const forDeliveries = { database, redis, prefix, wayOut, observer, tracing, log, clock, onError };
  const deliveries = await startDeliveries(forDeliveries);
  const consumer = startCreations({ redis, prefix, concurrency, lockMs, roleMaking, onError });
  let presence: Presence | null = null;
  opened.add(() => presence?.stop());
  // Side by side: what is in hand of both has the same grace.
  opened.add(() => Promise.all([consumer.stop(shutdownGraceMs), deliveries.stop(shutdownGraceMs)]));
  await consumer.ready();
  presence = startPresence({
    workforce: createWorkforce(telling, prefix),
    consumer,
    concurrency,
    doing: describeDoing({ config, inHand: orders.inHand, startedAt: clock(), clock }),
    clock,
  });
  opened.add(presence.leave);
  return { finding: presence.finding, inHand: consumer.running };
}
