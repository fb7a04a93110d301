import {
  ChangeWebhookEndpoint,
  CreateWebhookEndpoint,
  MOST_WEBHOOK_ENDPOINTS,
  RotateSecret,
  WebhookEndpoint,
  WebhookEndpointId,
  WebhookEndpointPage,
  WebhookEndpointWithSecret,
  WebhookSecret,
} from '@roleforge/contracts';
import { z } from 'zod';
import { type WebhookEndpointNeeds, webhookEndpointHandlers } from '../handlers/webhook-endpoints.ts';
import { type WebhookSecretNeeds, webhookSecretHandlers } from '../handlers/webhook-secret.ts';
import { type Route, route } from '../http/route.ts';

const byEndpoint = z.object({ endpointId: WebhookEndpointId });
const ROTATING =
  'For `overlapSeconds`, a day where it is not given, both secrets sign, so that receivers can be given the new one meanwhile; with 0 the old one ends at once. ' +
  'A secret that was still signing along from a rotation before ends at once.';

/** Where a tenant is notified, and what the notifications are signed with. */
export function webhookRoutes(needs: WebhookEndpointNeeds & WebhookSecretNeeds): Route[] {
  const endpoints = webhookEndpointHandlers(needs);
  const secret = webhookSecretHandlers(needs);
  const every = { tag: 'Webhooks', scope: 'webhooks:write' as const };
  const one = { ...every, params: byEndpoint };
  return [
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/webhook-endpoints',
        operationId: 'createWebhookEndpoint',
        summary: 'Add an address to be notified at',
        description:
          `A tenant has at most ${MOST_WEBHOOK_ENDPOINTS} endpoints; each is told of the ends of all role creations, or of the \`events\` that it names. ` +
          'The answer holds the secret that signs what is sent there: it is not shown again, only replaced. What is sent stands under `webhooks` in this document.',
        body: CreateWebhookEndpoint,
        replies: {
          201: {
            description: 'Notified from now on',
            body: WebhookEndpointWithSecret,
            headers: z.object({ Location: z.string() }),
          },
        },
        problems: ['conflict', 'address_not_allowed'],
      },
      endpoints.create,
    ),
    route(
      {
        ...every,
        method: 'get',
        path: '/v1/webhook-endpoints',
        operationId: 'listWebhookEndpoints',
        summary: 'List the addresses that are notified',
        replies: {
          200: { description: 'All of them, in the order in which they were made', body: WebhookEndpointPage },
        },
      },
      endpoints.list,
    ),
    route(
      {
        ...one,
        method: 'get',
        path: '/v1/webhook-endpoints/{endpointId}',
        operationId: 'readWebhookEndpoint',
        summary: 'See how an endpoint stands',
        description: 'Since when it has been failing, and why it was disabled, if it was.',
        replies: { 200: { description: 'As it stands', body: WebhookEndpoint } },
        problems: ['not_found'],
      },
      endpoints.read,
    ),
    route(
      {
        ...one,
        method: 'patch',
        path: '/v1/webhook-endpoints/{endpointId}',
        operationId: 'changeWebhookEndpoint',
        summary: 'Change an endpoint, disable it, or enable it again',
        description:
          'One that is enabled again, or is given another address, begins without its failures. What ended while it was disabled was not sent to it: ' +
          'the list of role creations has it.',
        body: ChangeWebhookEndpoint,
        replies: { 200: { description: 'As it stands now', body: WebhookEndpoint } },
        problems: ['not_found', 'address_not_allowed'],
      },
      endpoints.change,
    ),
    route(
      {
        ...one,
        method: 'delete',
        path: '/v1/webhook-endpoints/{endpointId}',
        operationId: 'deleteWebhookEndpoint',
        summary: 'Delete an endpoint',
        description:
          'What was still to be delivered to it is given up. What was sent to it stays in the lists below the role creations, and is pruned in its time.',
        replies: { 204: { description: 'Deleted' } },
        problems: ['not_found'],
      },
      endpoints.remove,
    ),
    route(
      {
        ...one,
        method: 'post',
        path: '/v1/webhook-endpoints/{endpointId}/rotate-secret',
        operationId: 'rotateWebhookEndpointSecret',
        summary: 'Replace the secret of an endpoint',
        description: ROTATING,
        body: RotateSecret.optional(),
        replies: { 200: { description: 'With its new secret', body: WebhookEndpointWithSecret } },
        problems: ['not_found'],
      },
      endpoints.rotateSecret,
    ),
    route(
      {
        ...every,
        method: 'get',
        path: '/v1/webhook-secret',
        operationId: 'readWebhookSecret',
        summary: 'Read the secret for webhooks of single role creations',
        description: 'It signs what is sent to the addresses that role creations name themselves, by `webhook.url`.',
        replies: { 200: { description: 'The secret', body: WebhookSecret } },
      },
      secret.read,
    ),
    route(
      {
        ...every,
        method: 'post',
        path: '/v1/webhook-secret/rotate',
        operationId: 'rotateWebhookSecret',
        summary: 'Replace the secret for webhooks of single role creations',
        description: ROTATING,
        body: RotateSecret.optional(),
        replies: { 200: { description: 'The new secret', body: WebhookSecret } },
      },
      secret.rotate,
    ),
  ];
}
