import type { DeliveryId, DeliveryOutcomeCode, TenantId, WebhookEndpointId } from '@roleforge/contracts';
import type { DeliveryDecision } from './delivery-schedule.ts';

/** A worker's hold on a delivery, and all that a try at it needs. `epoch` fences it as that of a creation's attempt does. */
export type TakenDelivery = {
  tenantId: TenantId;
  id: DeliveryId;
  epoch: number;
  /** Null where the creation itself named the address. */
  endpointId: WebhookEndpointId | null;
  url: string;
  /** The exact text to send. */
  body: string;
  /** What to sign with, the newest first. At least one. */
  secrets: readonly string[];
  /** Which try this is, since the message was made or last asked for again; from 1. */
  tries: number;
  /** Of the request that it tells of the end of; null where it comes from none. The receiver is sent one. */
  traceparent: string | null;
};

export type TakeDeliveryResult =
  | { kind: 'taken'; delivery: TakenDelivery }
  /** Its next try is not due yet. */
  | { kind: 'early'; at: Date }
  /** There is nothing to be sent: it has ended, now or before, or is gone. */
  | { kind: 'over' };

/** How a try ended, as it is noted down. */
export type DeliveryTry = {
  /** When it began. */
  at: Date;
  ms: number;
  outcome: DeliveryOutcomeCode;
  /** Null where there was no answer. */
  statusCode: number | null;
  /** What went wrong, in words for the tenant; null where nothing did. */
  detail: string | null;
};

/** A worker's side of the outbox. All reject with StoreUnavailable when MySQL does not answer. */
export interface DeliveryLedger {
  /** Takes a delivery for a try. One whose endpoint is disabled or deleted ends as failed, without a try. */
  take(tenantId: TenantId, id: DeliveryId): Promise<TakeDeliveryResult>;
  /**
   * Notes a try that was made, what becomes of the delivery, and what that says of its endpoint: all of it, or nothing. False, and
   * nothing noted, where the delivery was taken anew, asked for again or erased meanwhile.
   */
  conclude(delivery: TakenDelivery, made: DeliveryTry, decision: DeliveryDecision): Promise<boolean>;
}
