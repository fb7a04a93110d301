import {
  ControlBody,
  CreationId,
  DeliveryId,
  DeliveryListQuery,
  Redelivered,
  RedeliverSince,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookEndpointId,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type WebhookDeliveryNeeds, webhookDeliveryHandlers } from '../handlers/webhook-deliveries.ts';
import { type Route, route } from '../http/route.ts';

const byEndpoint = z.object({ endpointId: WebhookEndpointId });
const byCreation = z.object({ creationId: CreationId });
const oneDelivery = { deliveryId: DeliveryId };
const AGAIN =
  'Under its own `webhook-id`, to where its endpoint is now: at once, and if that fails by the whole schedule anew. One that waits for its next attempt ' +
  'gets it at once. Attempts that were made stay in its list.';

/** What was sent, what came back, and sending it again. */
export function webhookDeliveryRoutes(needs: WebhookDeliveryNeeds): Route[] {
  const deliveries = webhookDeliveryHandlers(needs);
  const tag = 'Webhooks';
  const every = { tag, scope: 'webhooks:write' as const };
  return [
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/webhook-endpoints/{endpointId}/test',
        operationId: 'testWebhookEndpoint',
        summary: 'Send a test to an endpoint',
        description:
          'A `webhook.test`, signed as all others are, whatever events the endpoint names. How it went is read from its delivery.',
        params: byEndpoint,
        body: ControlBody,
        replies: { 202: { description: 'On its way', body: WebhookDelivery } },
        problems: ['not_found', 'conflict'],
      },
      deliveries.test,
    ),
    route(
      {
        ...every,
        method: 'get',
        path: '/v1/webhook-endpoints/{endpointId}/deliveries',
        operationId: 'listWebhookDeliveries',
        summary: 'List what was sent to an endpoint, newest first',
        params: byEndpoint,
        query: DeliveryListQuery,
        replies: { 200: { description: 'A page, each with its attempts', body: WebhookDeliveryPage } },
        problems: ['not_found'],
      },
      deliveries.listOfEndpoint,
    ),
    route(
      {
        ...every,
        method: 'get',
        path: '/v1/webhook-endpoints/{endpointId}/deliveries/{deliveryId}',
        operationId: 'readWebhookDelivery',
        summary: 'See how a delivery stands',
        params: byEndpoint.extend(oneDelivery),
        replies: { 200: { description: 'As it stands, with its attempts', body: WebhookDelivery } },
        problems: ['not_found'],
      },
      deliveries.read,
    ),
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/redeliver',
        operationId: 'redeliverWebhook',
        summary: 'Send something to an endpoint again',
        description: AGAIN,
        params: byEndpoint.extend(oneDelivery),
        body: ControlBody,
        replies: { 202: { description: 'On its way', body: WebhookDelivery } },
        problems: ['not_found', 'conflict'],
      },
      deliveries.redeliver,
    ),
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/webhook-endpoints/{endpointId}/redeliver',
        operationId: 'redeliverWebhooks',
        summary: 'Send all again that was made for an endpoint since a time',
        description: `${AGAIN} A call takes up to 5,000 of them, the oldest first; where there are more, \`nextCursor\` is for the next call.`,
        params: byEndpoint,
        body: RedeliverSince,
        replies: { 202: { description: 'On their way', body: Redelivered } },
        problems: ['not_found', 'conflict'],
      },
      deliveries.redeliverSince,
    ),
    route(
      {
        method: 'get',
        path: '/v1/role-creations/{creationId}/deliveries',
        operationId: 'listDeliveriesOfCreation',
        scope: 'creations:read',
        tag,
        summary: 'List what was sent of the end of a role creation, newest first',
        description: 'To the address that it names itself, and to the tenant’s endpoints, deleted ones too.',
        params: byCreation,
        query: DeliveryListQuery,
        replies: { 200: { description: 'A page, each with its attempts', body: WebhookDeliveryPage } },
        problems: ['not_found'],
      },
      deliveries.listOfCreation,
    ),
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/role-creations/{creationId}/deliveries/{deliveryId}/redeliver',
        operationId: 'redeliverWebhookOfCreation',
        summary: 'Send something that was sent of a role creation again',
        description: AGAIN,
        params: byCreation.extend(oneDelivery),
        body: ControlBody,
        replies: { 202: { description: 'On its way', body: WebhookDelivery } },
        problems: ['not_found', 'conflict'],
      },
      deliveries.redeliver,
    ),
  ];
}
