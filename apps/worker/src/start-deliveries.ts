import { createDeliveryLedger, type Database } from '@roleforge/db';
import { startWebhookConsumer, type WebhookConsumer } from '@roleforge/queue';
import type { Logger } from '@roleforge/telemetry';
import { createSender, type WayOut } from '@roleforge/webhooks';
import { createDeliveryHandler, type DeliveryNeeds } from './deliver-webhook.ts';

/**
 * Deliveries in flight at a time, in one process: they wait for others' servers, and do little besides. They are more than one tenant
 * can keep busy, however many of its receivers hang.
 */
export const AT_ONCE = 250;

type Needs = Pick<Parameters<typeof startWebhookConsumer>[0], 'redis' | 'prefix' | 'onError'> & {
  database: Database;
  wayOut: WayOut;
  observer: DeliveryNeeds['observer'];
  log: Logger;
  clock: () => Date;
};

/** Sends webhooks as they fall due. */
export function startDeliveries(needs: Needs): Promise<WebhookConsumer> {
  const { database, redis, prefix, wayOut, observer, log, clock, onError } = needs;
  return startWebhookConsumer({
    redis,
    prefix,
    concurrency: AT_ONCE,
    handle: createDeliveryHandler({
      ledger: createDeliveryLedger(database, clock),
      send: createSender(wayOut, clock),
      observer,
      log,
      random: Math.random,
      clock,
    }),
    onInvalid: (id, error) => log.error('webhook job with an unreadable payload', { jobId: id, error }),
    onLost: ({ message }) => log.warn('webhooks in hand are no longer ours', { complaint: message }),
    onError,
  });
}
