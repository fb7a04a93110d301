import { createDeliveryLedger, type Database } from '@roleforge/db';
import { startWebhookConsumer, type WebhookConsumer } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import { createSender, type WayOut } from '@roleforge/webhooks';
import { createDeliveryHandler } from './deliver-webhook.ts';
import { createEndpointSlots } from './endpoint-slots.ts';

/** Deliveries in flight at a time, in one process: they wait for others' servers, and do little besides. */
const AT_ONCE = 50;

type Needs = Pick<Parameters<typeof startWebhookConsumer>[0], 'redis' | 'prefix' | 'onError'> & {
  database: Database;
  wayOut: WayOut;
  log: Logger;
  clock: () => Date;
};

/** Sends webhooks as they fall due. */
export function startDeliveries({ database, redis, prefix, wayOut, log, clock, onError }: Needs): WebhookConsumer {
  return startWebhookConsumer({
    redis,
    prefix,
    concurrency: AT_ONCE,
    handle: createDeliveryHandler({
      ledger: createDeliveryLedger(database, clock),
      send: createSender(wayOut, clock),
      turnAt: createEndpointSlots(() => clock().getTime()),
      log,
      random: Math.random,
      clock,
    }),
    onInvalid: (id, error) => log.error('webhook job with an unreadable payload', { jobId: id, error }),
    onLost: ({ message }) => log.warn('webhooks in hand are no longer ours', { complaint: message }),
    onError,
  });
}
