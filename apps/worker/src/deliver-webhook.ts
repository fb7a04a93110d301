import { JOBS } from '@roleforge/contracts';
import {
  type DeliveryDecision,
  type DeliveryLedger,
  decideDelivery,
  StoreUnavailable,
  type TakenDelivery,
} from '@roleforge/domain';
import type { AbortReason, DeliveryJob, DeliveryJobOutcome } from '@roleforge/queue';
import { inContext, type Logger, type Tracing, traceIdOf } from '@roleforge/telemetry';
import type { Sender } from '@roleforge/webhooks';
import { STORE_PAUSE_MS } from './conclude.ts';
import type { WorkerObserver } from './observer.ts';
import { processing } from './trace-processing.ts';

export type DeliveryNeeds = {
  ledger: DeliveryLedger;
  send: Sender;
  observer: Pick<WorkerObserver, 'delivered'>;
  tracing: Pick<Tracing, 'span'>;
  log: Logger;
  /** In [0, 1). */
  random: () => number;
  clock: () => Date;
};

const PROCESSING = processing(JOBS.deliverWebhook.queue);

/** How soon a message is looked at again that was taken or asked for anew while a try was made, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Makes one try at a delivery. It is noted down once it was made, not before: a worker that dies in between has sent a message of
 * which nobody knows, and it is sent again.
 */
export function createDeliveryHandler(needs: DeliveryNeeds) {
  const { ledger, clock } = needs;
  const after = (ms: number) => ({ kind: 'delay', at: new Date(clock().getTime() + ms) }) as const;

  return async ({ tenantId, deliveryId }: DeliveryJob, signal: AbortSignal): Promise<DeliveryJobOutcome> => {
    try {
      const taken = await ledger.take(tenantId, deliveryId);
      if (taken.kind === 'over') return { kind: 'done' };
      if (taken.kind === 'early') return { kind: 'delay', at: taken.at };
      const decision = await traced(needs, taken.delivery, signal);
      if (decision === null) return after(LOOK_AGAIN_MS);
      return decision.kind === 'retry' ? { kind: 'delay', at: decision.at } : { kind: 'done' };
    } catch (error) {
      if (signal.aborted) return { kind: (signal.reason as AbortReason) === 'stopping' ? 'giveBack' : 'drop' };
      if (!(error instanceof StoreUnavailable)) throw error;
      needs.log.warn('ledger unavailable, delivery put off', { error });
      return after(STORE_PAUSE_MS);
    }
  };
}

/** The try stands in the trace of the request that the message goes back to, however much later it is made. */
function traced(needs: DeliveryNeeds, delivery: TakenDelivery, signal: AbortSignal): Promise<DeliveryDecision | null> {
  const { tenantId, id, traceparent, tries } = delivery;
  const fields = {
    ...PROCESSING.fields,
    'messaging.message.id': id,
    'roleforge.tenant.id': tenantId,
    'roleforge.try': tries,
  };
  return inContext({ tenantId, traceId: traceIdOf(traceparent) }, () =>
    needs.tracing.span(PROCESSING.name, { kind: 'consumer', parent: traceparent, fields }, async span => {
      const decision = await tryOnce(needs, delivery, signal);
      span.set({ 'roleforge.delivery.decision': decision?.kind });
      return decision;
    }),
  );
}

/** Null where somebody else has the delivery by now, or it was asked for anew: then nothing was noted. */
async function tryOnce(
  { ledger, send, observer, log, random, clock }: DeliveryNeeds,
  delivery: TakenDelivery,
  signal: AbortSignal,
): Promise<DeliveryDecision | null> {
  const made = await send(delivery, signal);
  observer.delivered(made.outcome, made.ms);
  const decision = decideDelivery(made, delivery.tries, random(), clock());
  if (!(await ledger.conclude(delivery, made, decision))) return null;
  const { outcome, statusCode, ms } = made;
  const about = { deliveryId: delivery.id, endpointId: delivery.endpointId, outcome, statusCode, ms };
  if (decision.kind === 'delivered') log.debug('webhook delivered', about);
  else log.info('webhook not taken', { ...about, tries: delivery.tries, decision: decision.kind });
  return decision;
}
