import {
  type CreationId,
  DeliveryId,
  type DeliveryListQuery,
  type Redelivered,
  type RedeliverSince,
  type TenantId,
  type WebhookDelivery,
  type WebhookEndpointId,
} from '@roleforge/contracts';
import {
  addTestDelivery,
  type Database,
  type DeliveryScope,
  findCreation,
  findDelivery,
  findWebhookEndpoint,
  listDeliveries,
  type NotSent,
  type ReadList,
  redeliver,
  redeliverSince,
} from '@roleforge/db';
import { type MessageTarget, receiverOf } from '@roleforge/domain';
import type { WebhookQueue } from '@roleforge/queue';
import { fromCursor, toCursor } from '../cursors.ts';
import { notFound, RequestProblem } from '../http/problem.ts';
import type { Caller, Input, Reply } from '../http/route.ts';

export type WebhookDeliveryNeeds = {
  database: Database;
  readList: ReadList;
  webhookQueue: Pick<WebhookQueue, 'enqueue'>;
  /** Has something done that the answer need not wait for. */
  behind: (work: () => Promise<void>) => void;
  clock: () => Date;
};

/** So many go to Redis in one round trip. */
const QUEUED_AT_ONCE = 500;

type OfEndpoint = { endpointId: WebhookEndpointId };
type OfCreation = { creationId: CreationId };
type One<P> = P & { deliveryId: DeliveryId };

export function webhookDeliveryHandlers({ database, readList, webhookQueue, behind, clock }: WebhookDeliveryNeeds) {
  /** What is due stands in the ledger: where Redis is away, the worker that looks for it there puts it on the queue. */
  function wake(tenantId: TenantId, ids: readonly DeliveryId[], target: MessageTarget): void {
    const receiver = receiverOf(tenantId, target);
    const due = ids.map(deliveryId => ({ tenantId, deliveryId, receiver, notBefore: null }));
    for (let from = 0; from < due.length; from += QUEUED_AT_ONCE)
      behind(() => webhookQueue.enqueue(due.slice(from, from + QUEUED_AT_ONCE)));
  }

  async function page(tenantId: TenantId, scope: DeliveryScope, query: DeliveryListQuery): Promise<Reply> {
    const before = fromCursor(query.cursor, DeliveryId);
    const { items, more } = await readList(from => listDeliveries(from, tenantId, scope, { ...query, before }));
    const last = items.at(-1);
    return { status: 200, body: { items, nextCursor: more && last !== undefined ? toCursor(last.id) : null } };
  }

  function sent(tenantId: TenantId, delivery: WebhookDelivery | NotSent, what: string): Reply {
    if (typeof delivery === 'string') throw notSent(delivery, what);
    wake(tenantId, [delivery.id], delivery);
    return { status: 202, body: delivery };
  }

  return {
    async listOfEndpoint(
      { params, query }: Input<OfEndpoint, DeliveryListQuery, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      if ((await findWebhookEndpoint(database, tenantId, params.endpointId, clock())) === null)
        throw notFound('webhook endpoint');
      return page(tenantId, params, query);
    },

    async listOfCreation(
      { params, query }: Input<OfCreation, DeliveryListQuery, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      if ((await findCreation(database, tenantId, params.creationId)) === null) throw notFound('role creation');
      return page(tenantId, params, query);
    },

    async read({ params }: Input<One<OfEndpoint>, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const scope = { endpointId: params.endpointId };
      const delivery = await findDelivery(database, tenantId, scope, params.deliveryId);
      // What was sent to an endpoint that has been deleted is read below its creation.
      if (delivery === null || (await findWebhookEndpoint(database, tenantId, params.endpointId, clock())) === null)
        throw notFound('webhook delivery');
      return { status: 200, body: delivery };
    },

    async redeliver(
      { params }: Input<One<OfEndpoint | OfCreation>, unknown, unknown>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      const delivery = await redeliver(database, tenantId, params, params.deliveryId, clock());
      // Below an endpoint that is gone there is nothing; below a creation it is still to be seen what was sent to it.
      const gone = delivery === 'endpoint_deleted' && 'endpointId' in params;
      return sent(tenantId, gone ? 'unknown' : delivery, 'webhook delivery');
    },

    async redeliverSince(
      { params, body }: Input<OfEndpoint, unknown, RedeliverSince>,
      { tenantId }: Caller,
    ): Promise<Reply> {
      const after = fromCursor(body.cursor, DeliveryId, '/cursor');
      const which = { endpointId: params.endpointId, since: new Date(body.since), status: body.status, after };
      const redelivered = await redeliverSince(database, tenantId, which, clock());
      if (typeof redelivered === 'string') throw notSent(redelivered, 'webhook endpoint');
      const { ids, next } = redelivered;
      wake(tenantId, ids, params);
      const answer: Redelivered = { matched: ids.length, nextCursor: next === null ? null : toCursor(next) };
      return { status: 202, body: answer };
    },

    async test({ params }: Input<OfEndpoint, unknown, unknown>, { tenantId }: Caller): Promise<Reply> {
      const delivery = await addTestDelivery(database, tenantId, params.endpointId, clock());
      return sent(tenantId, delivery, 'webhook endpoint');
    },
  };
}

function notSent(reason: NotSent, what: string): RequestProblem {
  switch (reason) {
    case 'unknown':
      return notFound(what);
    case 'endpoint_disabled':
      return new RequestProblem('conflict', 'The endpoint is disabled: enable it first, by a PATCH with `enabled`.');
    case 'endpoint_deleted':
      return new RequestProblem('conflict', 'The endpoint that this was sent to has been deleted.');
  }
}
